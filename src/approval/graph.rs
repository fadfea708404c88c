//! The graph of tasks: what waits for what, and an order in which everything can be done.
//!
//! On a shared line the nearest earlier stage comes first; within a stage the measures that a
//! rule says come before its own. An edge that would close a circle is left out: a pack whose
//! measures run in a circle does not load, but one task can serve two measures.

use petgraph::algo::{DfsSpace, has_path_connecting};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Topo, Visitable};
use smallvec::SmallVec;

use super::tasks::Tasks;
use crate::law::Pack;

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
    /// Lets each task wait for those that come before it.
    pub(super) fn connect(&mut self, pack: &Pack, lines: usize) {
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
                self.wait_for_measures(pack, self.rules[at]);
            }
        }
        self.order_tasks();
    }

    /// Lets a task wait for those of the nearest earlier stage that share a line with it.
    fn wait_for_stages(&mut self, at: usize) {
        let rank = self.tasks[at].rank;
        let mut after: SmallVec<[u16; 4]> = SmallVec::new();
        let mut nearest = None;
        for earlier in (0..at).rev() {
            let other = self.tasks[earlier].rank;
            if nearest.is_some_and(|rank| other != rank) {
                break;
            }
            if other < rank && self.graph.shares(at, earlier) {
                nearest = Some(other);
                after.push(position(earlier));
            }
        }
        after.reverse();
        for first in &after {
            self.graph.graph.add_edge(NodeIndex::new(usize::from(*first)), NodeIndex::new(at), ());
        }
        self.tasks[at].after = after;
    }

    /// Lets the task of a rule wait for those of the measures that come before its own.
    fn wait_for_measures(&mut self, pack: &Pack, rule: crate::law::RuleId) {
        let after = &pack.rule(rule).after;
        let (false, Some(own)) = (after.is_empty(), self.of_rule(rule)) else { return };
        let mut first: SmallVec<[u16; 8]> = SmallVec::new();
        for other in &self.rules {
            let measure = pack.rule(*other).measure;
            if let Some(task) = self.of_rule(*other)
                && task != own
                && measure != pack.rule(rule).measure
                && after.contains(&measure)
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
