//! Declarations, the newest first.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::StoreError;
use super::super::sql::{Link, Row, Value, key, maybe_key};
use super::cursor::{self, Key, TEXT};
use super::select::{Order, Select, merged};
use super::{As, Own, Page};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Action;

/// Which declarations.
#[derive(Debug, Clone, Default)]
pub struct DeclarationFilter {
    /// Of this trader.
    pub holder: Option<String>,
    /// Of those that somebody sees as a declarant.
    pub own: Option<Own>,
    /// In this status.
    pub status: Option<String>,
    /// With this decision.
    pub decision: Option<String>,
    /// In this channel.
    pub channel: Option<String>,
    /// With this number or reference.
    pub name: Option<String>,
    /// With this number or reference, or of this trader.
    pub any: Option<String>,
    /// Whose name (its number, or else its reference) begins so. They come in the order of their names.
    pub name_prefix: Option<String>,
    /// From this day on. Where no trader is named and all are seen, those of a span of days come in the
    /// order of their days.
    pub from: Option<Date>,
    /// Until this day.
    pub to: Option<Date>,
}

/// A declaration as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRow {
    /// Its case.
    pub case: CaseId,
    /// When it came.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
    /// Where it stands.
    pub status: String,
    /// Its number, or its reference.
    pub name: Option<String>,
    /// The trader.
    pub holder: Option<String>,
    /// Who filed it.
    pub filer: String,
    /// Which way the goods go.
    pub direction: Option<String>,
    /// The day of its law.
    pub day: Option<String>,
    /// What may be done with the goods.
    pub decision: Option<String>,
    /// Its channel.
    pub channel: Option<String>,
    /// When the first of its tasks is due.
    pub due: Option<Timestamp>,
    /// What may be done next, whoever does it.
    pub may: Vec<Action>,
}

const DECLARATIONS: &str = "SELECT case_id, opened_at, changed_at, status, name, holder, filer, direction, day, decision, \
    channel, due, may FROM declarations";

/// By what a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The ids of cases, which are in the order of their time.
    Case,
    Name,
    Day,
}

impl By {
    fn of(filter: &DeclarationFilter) -> Self {
        let of_somebody = filter.holder.is_some() || filter.own.is_some();
        if filter.name_prefix.is_some() {
            Self::Name
        } else if (filter.from.is_some() || filter.to.is_some())
            && !of_somebody
            && filter.name.is_none()
            && filter.any.is_none()
        {
            Self::Day
        } else {
            Self::Case
        }
    }

    fn key(self, row: &DeclarationRow) -> Vec<Key> {
        let text = |text: &Option<String>| Key::Text(text.clone().unwrap_or_default());
        let case = Key::Text(row.case.to_string());
        match self {
            Self::Case => vec![case],
            Self::Name => vec![text(&row.name), case],
            Self::Day => vec![text(&row.day), case],
        }
    }
}

/// A page of declarations, the newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn declarations(
    link: &mut Link<'_>,
    filter: &DeclarationFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<DeclarationRow>, StoreError> {
    let by = By::of(filter);
    let shape: &[Key] = if by == By::Case { &[TEXT] } else { &[TEXT, TEXT] };
    let after = cursor::read(after, shape)?;
    let order = if by == By::Name { Order::Up } else { Order::Down };
    merged(link, ways(filter, by, after.as_deref(), limit), limit, order, |row| {
        let row = declaration_row(row)?;
        Ok((by.key(&row), row))
    })
    .await
}

fn ways(filter: &DeclarationFilter, by: By, after: Option<&[Key]>, limit: u32) -> Vec<(String, Vec<Value>)> {
    match &filter.own {
        None => ways_as(filter, None, by, after, limit),
        Some(own) => {
            let all = own.ways(filter.holder.as_deref()).into_iter();
            all.flat_map(|way| ways_as(filter, Some(way), by, after, limit)).collect()
        }
    }
}

fn ways_as(
    filter: &DeclarationFilter,
    way: Option<As<'_>>,
    by: By,
    after: Option<&[Key]>,
    limit: u32,
) -> Vec<(String, Vec<Value>)> {
    let holder = match way {
        Some(As::Holder(holder)) => Some(holder),
        _ => filter.holder.as_deref(),
    };
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let select = || {
        let select = Select::new(DECLARATIONS);
        let select = match way {
            Some(As::Filer(filer)) => select.and("filer = ?", [key(filer)]),
            Some(As::AnyHolder) => select.and_fixed("holder IS NOT NULL"),
            Some(As::Holder(_)) | None => select,
        };
        select
            .and_if("holder = ?", maybe_key(holder))
            .and_if("status = ?", filter.status.as_deref())
            .and_if("decision = ?", filter.decision.as_deref())
            .and_if("channel = ?", filter.channel.as_deref())
            .and_if("day >= ?", day(filter.from))
            .and_if("day <= ?", day(filter.to))
    };
    match by {
        By::Name => {
            let prefix = filter.name_prefix.as_deref().unwrap_or_default();
            // No text begins with the prefix and comes after this.
            let end = format!("{prefix}{}", char::MAX);
            let select = select().and("name >= ?", [prefix]).and("name < ?", [end.as_str()]);
            vec![select.after("(name, case_id) > (?, ?)", after).finish("name, case_id", limit)]
        }
        By::Day => {
            let select = select().and_fixed("day IS NOT NULL").after("(day, case_id) < (?, ?)", after);
            vec![select.finish("day DESC, case_id DESC", limit)]
        }
        By::Case => {
            let after = |select: Select| select.after("case_id < ?", after).finish("case_id DESC", limit);
            match (&filter.any, &filter.name, holder) {
                (Some(any), ..) => {
                    let any = key(any);
                    let of_trader = |open| select().and("holder = ?", [any.as_str()]).and("is_open = ?", [open]);
                    vec![
                        after(select().and("name = ?", [any.as_str()])),
                        after(select().and("reference = ?", [any.as_str()])),
                        after(of_trader(1_i64)),
                        after(of_trader(0)),
                    ]
                }
                (None, Some(name), _) => {
                    let name = key(name);
                    let by_name = select().and("name = ?", [name.as_str()]);
                    vec![after(by_name), after(select().and("reference = ?", [name]))]
                }
                // The index of a trader has a place for what is open and one for what is not.
                (None, None, Some(_)) if !matches!(way, Some(As::Filer(_))) => {
                    [1_i64, 0].map(|open| after(select().and("is_open = ?", [open]))).into()
                }
                (None, None, _) => vec![after(select())],
            }
        }
    }
}

fn declaration_row(row: &Row) -> Result<DeclarationRow, StoreError> {
    Ok(DeclarationRow {
        case: row.case(0)?,
        opened: row.moment(1)?,
        changed: row.moment(2)?,
        status: row.text(3)?,
        name: row.maybe_text(4)?,
        holder: row.maybe_text(5)?,
        filer: row.text(6)?,
        direction: row.maybe_text(7)?,
        day: row.maybe_text(8)?,
        decision: row.maybe_text(9)?,
        channel: row.maybe_text(10)?,
        due: row.maybe_moment(11)?,
        may: row.text(12)?.split_whitespace().filter_map(Action::parse).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::{BY_KEY, follows};
    use super::super::Holders;
    use super::*;

    #[tokio::test]
    async fn every_list_of_declarations_follows_an_index_and_sorts_nothing() {
        let some = || Some("x".to_owned());
        let none = DeclarationFilter::default;
        let day = Some(jiff::civil::date(2026, 7, 20));
        let own = |holders| DeclarationFilter { own: Some(Own { filer: "f".to_owned(), holders }), ..none() };
        for (filter, index) in [
            (none(), BY_KEY),
            (DeclarationFilter { decision: some(), ..none() }, BY_KEY),
            (DeclarationFilter { holder: some(), ..none() }, "declarations_holder"),
            (DeclarationFilter { holder: some(), from: day, ..none() }, "declarations_holder"),
            (own(Holders::Of(Vec::new())), "declarations_filer"),
            (DeclarationFilter { status: some(), channel: some(), ..none() }, "declarations_status"),
            (DeclarationFilter { from: day, to: day, ..none() }, "declarations_day"),
            (DeclarationFilter { name_prefix: some(), ..none() }, "declarations_name"),
        ] {
            let by = By::of(&filter);
            let text = || Key::Text("m".to_owned());
            let after = if by == By::Case { vec![text()] } else { vec![text(), text()] };
            for after in [None, Some(after.as_slice())] {
                follows(ways(&filter, by, after, 50), index).await;
            }
        }
        // What he has filed, and what his traders have, each by its own index.
        let of = own(Holders::Of(vec!["x".to_owned()]));
        let indexes = ["declarations_filer", "declarations_holder", "declarations_holder"];
        for (way, index) in super::ways(&of, By::Case, None, 50).into_iter().zip(indexes) {
            follows(vec![way], index).await;
        }
        let of = own(Holders::All);
        for (way, index) in super::ways(&of, By::Case, None, 50).into_iter().zip(["declarations_filer", BY_KEY]) {
            follows(vec![way], index).await;
        }
        let named = DeclarationFilter { name: some(), ..none() };
        let mut ways = ways(&named, By::Case, None, 50);
        follows(vec![ways.remove(0)], "declarations_name").await;
        follows(ways, "declarations_reference").await;
        let any = DeclarationFilter { any: some(), ..none() };
        for (way, index) in super::ways(&any, By::Case, None, 50).into_iter().zip([
            "declarations_name",
            "declarations_reference",
            "declarations_holder",
            "declarations_holder",
        ]) {
            follows(vec![way], index).await;
        }
    }
}
