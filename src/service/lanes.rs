//! Lanes: who waits for screening, and whose turn it is.
//!
//! Each lane has a share of the turns, each sender within a lane one turn after the other. Nobody
//! can be kept waiting by what another sends, however much it is; a turn that one does not take
//! goes to the next. What finds no room is refused with the time after which there will be some.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Declarations and dossiers.
    Ordinary,
    /// Low-value goods by express and post.
    Express,
    /// Bulk jobs.
    Bulk,
}

impl Lane {
    const COUNT: usize = 3;

    /// The lane of a word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "ordinary" => Some(Self::Ordinary),
            "express" => Some(Self::Express),
            "bulk" => Some(Self::Bulk),
            _ => None,
        }
    }

    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Express => "express",
            Self::Bulk => "bulk",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Ordinary => 0,
            Self::Express => 1,
            Self::Bulk => 2,
        }
    }
}

/// The turns of a round, by lane.
const TURNS: [Lane; 8] = [
    Lane::Ordinary,
    Lane::Express,
    Lane::Ordinary,
    Lane::Ordinary,
    Lane::Bulk,
    Lane::Ordinary,
    Lane::Express,
    Lane::Ordinary,
];

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// In one lane.
    pub lane: usize,
    /// Of one sender in one lane.
    pub sender: usize,
    /// Bytes in all lanes.
    pub bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { lane: 4_096, sender: 512, bytes: 512 << 20 }
    }
}

/// After so long somebody may be there again who takes what came after the lanes were closed.
const AFTER_CLOSING: Duration = Duration::from_secs(5);

/// There is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// So long it takes until there is some, as far as can be told.
    pub retry_after: Duration,
}

/// What waits.
#[derive(Debug)]
pub struct Lanes<T> {
    room: Room,
    state: Mutex<State<T>>,
    arrived: Condvar,
}

#[derive(Debug)]
struct State<T> {
    lanes: [Queue<T>; Lane::COUNT],
    turn: usize,
    bytes: usize,
    closed: bool,
}

#[derive(Debug)]
struct Queue<T> {
    of: HashMap<String, VecDeque<(T, usize)>>,
    order: VecDeque<String>,
    waiting: usize,
    /// Taken since `since`, for the rate.
    taken: u64,
    since: Option<Instant>,
    /// Of late, items a second.
    rate: f64,
}

impl<T> Queue<T> {
    fn new() -> Self {
        Self { of: HashMap::new(), order: VecDeque::new(), waiting: 0, taken: 0, since: None, rate: 0.0 }
    }

    fn take(&mut self) -> Option<(T, usize)> {
        let sender = self.order.pop_front()?;
        let queue = self.of.get_mut(&sender)?;
        let item = queue.pop_front();
        if queue.is_empty() {
            self.of.remove(&sender);
        } else {
            self.order.push_back(sender);
        }
        self.waiting -= usize::from(item.is_some());
        self.taken += u64::from(item.is_some());
        item
    }

    /// Keeps count of how fast items are taken, over some seconds.
    fn reckon(&mut self, now: Instant) {
        const SPAN: Duration = Duration::from_secs(2);
        let since = *self.since.get_or_insert(now);
        let passed = now.duration_since(since);
        if passed >= SPAN {
            #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
            let rate = self.taken as f64 / passed.as_secs_f64();
            self.rate = if self.rate == 0.0 { rate } else { f64::midpoint(self.rate, rate) };
            (self.taken, self.since) = (0, Some(now));
        }
    }

    /// How long `waiting` items take.
    fn time_of(&self, waiting: usize) -> Duration {
        let rate = if self.rate > 0.0 { self.rate } else { 100.0 };
        #[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
        let seconds = (waiting as f64 / rate).clamp(1.0, 600.0);
        Duration::from_secs_f64(seconds.ceil())
    }
}

impl<T> Lanes<T> {
    /// Empty lanes.
    pub fn new(room: Room) -> Self {
        let lanes = [Queue::new(), Queue::new(), Queue::new()];
        Self { room, state: Mutex::new(State { lanes, turn: 0, bytes: 0, closed: false }), arrived: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an item of so many bytes wait.
    ///
    /// # Errors
    /// [`Full`] where there is no room for it, or the lanes are closed: the item comes back.
    pub fn put(&self, lane: Lane, sender: &str, item: T, bytes: usize) -> Result<(), (T, Full)> {
        let mut state = self.lock();
        if state.closed {
            return Err((item, Full { retry_after: AFTER_CLOSING }));
        }
        let queue = &state.lanes[lane.index()];
        let of_sender = queue.of.get(sender).map_or(0, VecDeque::len);
        let ahead = if of_sender >= self.room.sender {
            Some(of_sender * queue.order.len().max(1))
        } else if queue.waiting >= self.room.lane || state.bytes + bytes > self.room.bytes && state.bytes > 0 {
            Some(queue.waiting)
        } else {
            None
        };
        if let Some(ahead) = ahead {
            let retry_after = queue.time_of(ahead);
            return Err((item, Full { retry_after }));
        }
        state.bytes += bytes;
        let queue = &mut state.lanes[lane.index()];
        queue.waiting += 1;
        let of_sender = queue.of.entry(sender.to_owned()).or_default();
        of_sender.push_back((item, bytes));
        if of_sender.len() == 1 {
            queue.order.push_back(sender.to_owned());
        }
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes up to `most` items in the order of their turns; waits for the first. Empty when the
    /// lanes are closed and nothing waits.
    pub fn take(&self, most: usize, now: impl Fn() -> Instant) -> Vec<T> {
        let mut state = self.lock();
        loop {
            let mut taken = Vec::new();
            let mut idle = 0;
            while taken.len() < most && idle < TURNS.len() {
                let lane = TURNS[state.turn % TURNS.len()];
                state.turn = (state.turn + 1) % TURNS.len();
                match state.lanes[lane.index()].take() {
                    Some((item, bytes)) => {
                        state.bytes -= bytes;
                        taken.push(item);
                        idle = 0;
                    }
                    None => idle += 1,
                }
            }
            if !taken.is_empty() || state.closed {
                let now = now();
                for queue in &mut state.lanes {
                    queue.reckon(now);
                }
                return taken;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes nothing more in; what waits is still given.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// How many items wait in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.lock().lanes[lane.index()].waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_lanes_are_closed_comes_back_and_what_waits_is_given() {
        let lanes = Lanes::new(Room::default());
        lanes.put(Lane::Bulk, "a", 1, 1).unwrap();
        lanes.close();
        assert_eq!(lanes.put(Lane::Ordinary, "a", 2, 1).unwrap_err().0, 2);
        assert_eq!(lanes.take(8, Instant::now), [1]);
        assert_eq!(lanes.take(8, Instant::now), [0; 0]);
    }

    #[test]
    fn a_full_bulk_lane_takes_no_turn_from_the_others() {
        let lanes = Lanes::new(Room::default());
        for number in 0..500 {
            lanes.put(Lane::Bulk, "heavy", number, 1).unwrap();
        }
        for number in 1_000..1_010 {
            lanes.put(Lane::Ordinary, "light", number, 1).unwrap();
        }
        // Of eight turns ordinary messages have five, bulk one: ten of the one come within sixteen.
        let taken = lanes.take(20, Instant::now);
        assert_eq!(taken.iter().filter(|number| **number >= 1_000).count(), 10, "{taken:?}");
    }
}
