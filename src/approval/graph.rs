//! The graph of tasks: what waits for what, and an order in which everything can be done.
//!
//! On a shared line the nearest earlier stage comes first: a permit before everything, a
//! registration only before what follows it for the same rule. Another agency's check does not
//! wait for it. Within a stage the measures that a rule says come before its own, unless an act in
//! force has the two done together. An edge that would close a circle is left out: a pack whose
//! measures run in a circle does not load, but one task can serve two measures.

use petgraph::algo::{DfsSpace, has_path_connecting};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Topo, Visitable};
use smallvec::SmallVec;

use super::tasks::{Rank, Tasks};
use crate::law::{Day, Pack};

type Graph = DiGraph<(), (), u32>;
type Visited = <Graph as Visitable>::Map;

/// The graph, with what its walks need; filled again for each declaration.
#[derive(Default)]
pub(super) struct TaskGraph {
    graph: Graph,
    /// The tasks from first to last: no task before one that it waits for. Empty: as they stand.
    order: Vec<u16>,
    topo: Option<Topo<NodeIndex<u32>, Visited>>,
    space: DfsSpace<NodeIndex<u32>, Visited>,
    /// For each line the tasks that it is in, as bits.
    of_line: Vec<u64>,
    /// For each task the tasks that it shares a line with, as bits.
    sharing: Vec<u64>,
    /// Words of bits for one of them.
    words: usize,
}

impl std::fmt::Debug for TaskGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskGraph").field("graph", &self.graph).field("order", &self.order).finish_non_exhaustive()
    }
}

impl TaskGraph {
    /// Forgets the declaration before.
    pub(super) fn clear(&mut self) {
        self.graph.clear();
        self.order.clear();
    }

    /// Finds out which tasks share a line.
    fn share(&mut self, tasks: &[super::Task], lines: usize) {
        self.words = tasks.len().div_ceil(64);
        self.of_line.clear();
        self.of_line.resize(lines * self.words, 0);
        for (at, task) in tasks.iter().enumerate() {
            for line in &task.lines {
                self.of_line[*line as usize * self.words + at / 64] |= 1 << (at % 64);
            }
        }
        self.sharing.clear();
        self.sharing.resize(tasks.len() * self.words, 0);
        for (task, bits) in tasks.iter().zip(self.sharing.chunks_mut(self.words)) {
            for line in &task.lines {
                let from = *line as usize * self.words;
                for (bits, more) in bits.iter_mut().zip(&self.of_line[from..]) {
                    *bits |= more;
                }
            }
        }
    }

    fn shares(&self, one: usize, other: usize) -> bool {
        self.sharing[one * self.words + other / 64] >> (other % 64) & 1 == 1
    }
}

impl Tasks {
    /// Lets each task wait for those that come before it on a day.
    pub(super) fn connect(&mut self, pack: &Pack, lines: usize, day: Day) {
        let one_stage = self.tasks.first().map(|task| task.rank) == self.tasks.last().map(|task| task.rank);
        let orders = |rule: &crate::law::RuleId| !pack.rule(*rule).after.is_empty();
        let within = self.rules.iter().any(orders);
        if one_stage && !within {
            return;
        }
        self.graph.share(&self.tasks, lines);
        for at in 0..self.tasks.len() {
            self.graph.graph.add_node(());
            self.wait_for_stages(at);
        }
        if within {
            for at in 0..self.rules.len() {
                self.wait_for_measures(pack, self.rules[at], day);
            }
        }
        self.order_tasks();
    }

    /// Lets a task wait, on each of its lines, for those of the nearest earlier stage. Of
    /// registrations only its own count.
    fn wait_for_stages(&mut self, at: usize) {
        let rank = self.tasks[at].rank;
        // The tasks stand in the order of their stages: the earlier ones are the stretches of one
        // rank each before this one's, the nearest first.
        let mut stretches: SmallVec<[(usize, usize); 4]> = SmallVec::new();
        for (earlier, other) in self.tasks.iter().enumerate().take(at).filter(|(_, other)| other.rank < rank) {
            match stretches.last_mut() {
                Some((from, to)) if self.tasks[*from].rank == other.rank => *to = earlier + 1,
                _ => stretches.push((earlier, earlier + 1)),
            }
        }
        if stretches.is_empty() {
            return;
        }
        stretches.reverse();
        let words = self.graph.words;
        let mut own: SmallVec<[u64; 4]> = SmallVec::from_elem(0, words);
        for (registration, _) in self.follows.iter().filter(|(_, following)| usize::from(*following) == at) {
            let registration = usize::from(*registration);
            own[registration / 64] |= 1 << (registration % 64);
        }
        let mut first: SmallVec<[u64; 4]> = SmallVec::from_elem(0, words);
        for line in &self.tasks[at].lines {
            let of_line = &self.graph.of_line[*line as usize * words..][..words];
            for (from, to) in &stretches {
                let mut any = false;
                let registers = matches!(self.tasks[*from].rank, Rank::Registration | Rank::RegistrationAfter);
                for (word, (bits, first)) in of_line.iter().zip(&mut first).enumerate() {
                    let counts = if registers { own[word] } else { u64::MAX };
                    let found = bits & counts & stretch(word, *from, *to);
                    *first |= found;
                    any |= found != 0;
                }
                if any {
                    break;
                }
            }
        }
        let waits = (0..at).filter(|earlier| first[earlier / 64] >> (earlier % 64) & 1 == 1).map(position);
        let after: SmallVec<[u16; 4]> = waits.collect();
        for first in &after {
            self.graph.graph.add_edge(NodeIndex::new(usize::from(*first)), NodeIndex::new(at), ());
        }
        self.tasks[at].after = after;
    }

    /// Lets the task of a rule wait for those of the measures that come before its own, unless an
    /// act of the day has them done together.
    fn wait_for_measures(&mut self, pack: &Pack, rule: crate::law::RuleId, day: Day) {
        let after = &pack.rule(rule).after;
        let (false, Some(own)) = (after.is_empty(), self.of_rule(rule)) else { return };
        let mut first: SmallVec<[u16; 8]> = SmallVec::new();
        for other in &self.rules {
            let (measure, of) = (pack.rule(*other).measure, pack.rule(rule).measure);
            let together = || pack.leads.iter().any(|lead| lead.valid.contains(day) && lead.joins(of, measure));
            if let Some(task) = self.of_rule(*other)
                && task != own
                && measure != of
                && after.contains(&measure)
                && !together()
            {
                first.push(task);
            }
        }
        first.sort_unstable();
        first.dedup();
        for at in first {
            let (task, other) = (&self.tasks[usize::from(own)], &self.tasks[usize::from(at)]);
            let graph = &mut self.graph;
            let (from, to) = (NodeIndex::new(usize::from(at)), NodeIndex::new(usize::from(own)));
            if other.rank == task.rank
                && !task.after.contains(&at)
                && graph.shares(usize::from(own), usize::from(at))
                && !has_path_connecting(&graph.graph, to, from, Some(&mut graph.space))
            {
                graph.graph.add_edge(from, to, ());
                self.tasks[usize::from(own)].after.push(at);
            }
        }
        self.tasks[usize::from(own)].after.sort_unstable();
    }

    fn order_tasks(&mut self) {
        let TaskGraph { graph, order, topo, .. } = &mut self.graph;
        if graph.edge_count() == 0 {
            return;
        }
        let topo = match topo {
            Some(topo) => {
                topo.reset(&*graph);
                topo
            }
            None => topo.insert(Topo::new(&*graph)),
        };
        while let Some(node) = topo.next(&*graph) {
            order.push(node.index().try_into().unwrap_or(u16::MAX));
        }
        debug_assert_eq!(order.len(), self.tasks.len(), "an edge that closes a circle is never added");
    }

    /// The task at a place of the order from first to last.
    pub(super) fn in_order(&self, at: usize) -> usize {
        self.graph.order.get(at).map_or(at, |task| usize::from(*task))
    }
}

fn position(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// The bits of a word of 64 that lie from `from` to before `to` of all words' bits.
fn stretch(word: usize, from: usize, to: usize) -> u64 {
    let below = |end: usize| match end.saturating_sub(word * 64) {
        0 => 0,
        bits @ 1..64 => (1u64 << bits) - 1,
        _ => u64::MAX,
    };
    below(to) & !below(from)
}
