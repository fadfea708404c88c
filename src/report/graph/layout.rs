//! Places for boxes and ways for edges: columns from first to last, an edge over several columns
//! in a lane of its own, so that none runs behind a box.

/// What is to be drawn.
#[derive(Debug)]
pub(super) struct Picture {
    /// The height of each box.
    pub(super) heights: Vec<usize>,
    /// From box to box; they close no circle.
    pub(super) edges: Vec<(usize, usize)>,
}

/// Where things stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) boxes: Vec<(usize, usize)>,
    /// The ways of the edges; one that others imply has none.
    pub(super) routes: Vec<Route>,
    /// The whole.
    pub(super) width: usize,
    /// See `width`.
    pub(super) height: usize,
}

/// The way of an edge.
#[derive(Debug)]
pub(super) struct Route {
    /// The position of the edge.
    pub(super) edge: usize,
    /// The points that it runs through, its ends included.
    pub(super) points: Vec<(usize, usize)>,
}

/// The width of a box.
pub(super) const BOX_WIDTH: usize = 300;
const GAP_X: usize = 80;
const GAP_Y: usize = 24;
const LANE: usize = 10;
/// Times that the columns are put in order, one way and back.
const SWEEPS: usize = 4;

/// What stands in a column: a box, or the passage of an edge.
#[derive(Debug, Clone)]
struct Slot {
    height: usize,
    /// The slots that it is tied to in the column before and in the one after.
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Places a picture.
pub(super) fn place(picture: &Picture) -> Layout {
    let edges = needed(picture);
    let columns_of = columns(picture);
    let count = columns_of.iter().max().map_or(0, |last| last + 1);
    let mut slots: Vec<Slot> =
        picture.heights.iter().map(|height| Slot { height: *height, before: Vec::new(), after: Vec::new() }).collect();
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (slot, column) in columns_of.iter().enumerate() {
        columns[*column].push(slot);
    }
    let mut ways: Vec<(usize, Vec<usize>)> = Vec::new();
    for edge in edges {
        let (from, to) = picture.edges[edge];
        let mut way = vec![from];
        for column in columns.iter_mut().take(columns_of[to]).skip(columns_of[from] + 1) {
            column.push(slots.len());
            way.push(slots.len());
            slots.push(Slot { height: LANE, before: Vec::new(), after: Vec::new() });
        }
        way.push(to);
        for pair in way.windows(2) {
            slots[pair[0]].after.push(pair[1]);
            slots[pair[1]].before.push(pair[0]);
        }
        ways.push((edge, way));
    }
    untangle(&slots, &mut columns);
    stand(picture, &slots, &columns, &ways)
}

/// The edges without those that others imply.
fn needed(picture: &Picture) -> Vec<usize> {
    let count = picture.heights.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in &picture.edges {
        next[*from].push(*to);
    }
    let implied = |from: usize, to: usize| {
        let mut seen = vec![false; count];
        let mut open: Vec<usize> = next[from].iter().copied().filter(|step| *step != to).collect();
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if !std::mem::replace(&mut seen[at], true) {
                open.extend(&next[at]);
            }
        }
        false
    };
    let edges = picture.edges.iter().enumerate();
    edges.filter(|(_, (from, to))| !implied(*from, *to)).map(|(at, _)| at).collect()
}

/// For each box the column right of the last that it waits for.
fn columns(picture: &Picture) -> Vec<usize> {
    let mut columns = vec![0usize; picture.heights.len()];
    for _ in 0..picture.heights.len() {
        let mut moved = false;
        for (from, to) in &picture.edges {
            if columns[*to] <= columns[*from] {
                columns[*to] = columns[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    columns
}

/// Puts each column in the order of what its slots are tied to, back and forth.
fn untangle(slots: &[Slot], columns: &mut [Vec<usize>]) {
    let mut rank = vec![0usize; slots.len()];
    for column in columns.iter() {
        for (at, slot) in column.iter().enumerate() {
            rank[*slot] = at;
        }
    }
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        for step in 1..columns.len() {
            let at = if forth { step } else { columns.len() - 1 - step };
            let key = |slot: &usize| {
                let ties = if forth { &slots[*slot].before } else { &slots[*slot].after };
                // The middle of those it is tied to, in thousandths; untied it stays.
                ties.iter().map(|tie| rank[*tie] * 1000).sum::<usize>().checked_div(ties.len())
            };
            let mut keyed: Vec<(usize, usize)> =
                columns[at].iter().map(|slot| (key(slot).unwrap_or(rank[*slot] * 1000), *slot)).collect();
            keyed.sort_by_key(|(middle, _)| *middle);
            columns[at] = keyed.into_iter().map(|(_, slot)| slot).collect();
            for (place, slot) in columns[at].iter().enumerate() {
                rank[*slot] = place;
            }
        }
    }
}

/// From order to places: each column is centred.
fn stand(picture: &Picture, slots: &[Slot], columns: &[Vec<usize>], ways: &[(usize, Vec<usize>)]) -> Layout {
    let tall = |column: &Vec<usize>| {
        column.iter().map(|slot| slots[*slot].height + GAP_Y).sum::<usize>().saturating_sub(GAP_Y)
    };
    let height = columns.iter().map(tall).max().unwrap_or(0);
    let mut corner = vec![(0, 0); slots.len()];
    for (at, column) in columns.iter().enumerate() {
        let mut y = (height - tall(column)) / 2;
        for slot in column {
            corner[*slot] = (at * (BOX_WIDTH + GAP_X), y);
            y += slots[*slot].height + GAP_Y;
        }
    }
    let routes = ways
        .iter()
        .map(|(edge, way)| {
            let mut points = Vec::new();
            for (at, slot) in way.iter().enumerate() {
                let ((x, y), middle) = (corner[*slot], slots[*slot].height / 2);
                if at > 0 {
                    points.push((x, y + middle));
                }
                if at + 1 < way.len() {
                    points.push((x + BOX_WIDTH, y + middle));
                }
            }
            Route { edge: *edge, points }
        })
        .collect();
    corner.truncate(picture.heights.len());
    let width = (columns.len() * (BOX_WIDTH + GAP_X)).saturating_sub(GAP_X);
    Layout { boxes: corner, routes, width, height }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pictures() -> impl Strategy<Value = Picture> {
        (prop::collection::vec(30usize..140, 1..30)).prop_flat_map(|heights| {
            let count = heights.len();
            prop::collection::vec((0..count, 0..count), 0..60).prop_map(move |pairs| {
                let mut edges: Vec<_> =
                    pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
                edges.sort_unstable();
                edges.dedup();
                Picture { heights: heights.clone(), edges }
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn boxes_stand_apart_and_no_edge_runs_behind_one(picture in pictures()) {
            let layout = place(&picture);
            let rects: Vec<_> = layout.boxes.iter().zip(&picture.heights).map(|((x, y), h)| (*x, *y, x + BOX_WIDTH, y + h)).collect();
            for (at, one) in rects.iter().enumerate() {
                prop_assert!(one.2 <= layout.width && one.3 <= layout.height);
                for other in &rects[at + 1..] {
                    let apart = one.2 <= other.0 || other.2 <= one.0 || one.3 <= other.1 || other.3 <= one.1;
                    prop_assert!(apart, "{one:?} {other:?}");
                }
            }
            for route in &layout.routes {
                // From the right of one box to the left of another; between columns nothing stands,
                // within a column the edge runs level in its lane.
                for (leg, pair) in route.points.windows(2).enumerate() {
                    prop_assert!(pair[0].0 < pair[1].0);
                    if leg % 2 == 1 {
                        prop_assert_eq!(pair[0].1, pair[1].1);
                        for rect in &rects {
                            let beside = pair[0].1 < rect.1 || rect.3 < pair[0].1 || pair[1].0 <= rect.0 || rect.2 <= pair[0].0;
                            prop_assert!(beside, "{route:?} runs behind {rect:?}");
                        }
                    }
                }
            }
        }

        #[test]
        fn each_edge_is_drawn_or_implied_by_those_that_are(picture in pictures()) {
            let drawn: Vec<_> = needed(&picture).into_iter().map(|at| picture.edges[at]).collect();
            for (from, to) in &picture.edges {
                let mut open = vec![*from];
                let mut reached = false;
                while let Some(at) = open.pop() {
                    reached |= at == *to;
                    open.extend(drawn.iter().filter(|(first, _)| *first == at).map(|(_, next)| *next));
                    open.dedup();
                    if open.len() > 10_000 { break; }
                }
                prop_assert!(reached, "{from} to {to}");
            }
        }
    }
}
