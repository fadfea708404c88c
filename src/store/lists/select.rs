//! Statements of lists, put together from the parts that are asked for.

use super::super::StoreError;
use super::super::sql::{Link, Row, Value, built};
use super::cursor::{self, Key};
use super::{PAGE_MAX, Page};

/// A statement that selects.
#[derive(Debug, Clone)]
pub(in crate::store) struct Select {
    text: String,
    values: Vec<Value>,
    has_condition: bool,
}

impl Select {
    /// Of these columns of this table: `SELECT … FROM …`.
    pub(in crate::store) fn new(select: &'static str) -> Self {
        Self { text: select.to_owned(), values: Vec::new(), has_condition: false }
    }

    /// Where this holds too; each `?` in it stands for the next value.
    #[must_use]
    pub(in crate::store) fn and(
        mut self,
        condition: &'static str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Self {
        self.text.push_str(if self.has_condition { " AND " } else { " WHERE " });
        self.has_condition = true;
        let mut values = values.into_iter();
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?').zip(values.next()) {
                Some((before, value)) => {
                    self.values.push(value.into());
                    self.text.push_str(before);
                    self.text.push_str(&format!("${}", self.values.len()));
                }
                None => self.text.push_str(part),
            }
        }
        self
    }

    /// Where this holds too, if there is a value.
    #[must_use]
    pub(in crate::store) fn and_if(self, condition: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.and(condition, [value]),
            None => self,
        }
    }

    /// Where this holds too.
    #[must_use]
    pub(in crate::store) fn and_fixed(self, condition: &'static str) -> Self {
        self.and(condition, std::iter::empty::<Value>())
    }

    /// After a place in the list.
    #[must_use]
    pub(in crate::store) fn after(self, condition: &'static str, key: Option<&[Key]>) -> Self {
        match key {
            Some(key) => self.and(condition, key.iter().cloned()),
            None => self,
        }
    }

    /// The statement with its order, for one row more than a page has.
    pub(in crate::store) fn finish(mut self, order: &'static str, limit: u32) -> (String, Vec<Value>) {
        self.text.push_str(&format!(" ORDER BY {order} LIMIT {}", limit.clamp(1, PAGE_MAX) + 1));
        (self.text, self.values)
    }
}

/// How rows are merged that stand in several places of an index.
pub(in crate::store) enum Order {
    /// The smallest key first.
    Up,
    /// The greatest first.
    Down,
}

/// A page of the rows that several statements give, each in the same order.
pub(in crate::store) async fn merged<T>(
    link: &mut Link<'_>,
    ways: Vec<(String, Vec<Value>)>,
    limit: u32,
    order: Order,
    read: impl Fn(&Row) -> Result<(Vec<Key>, T), StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut found: Vec<(Vec<Key>, T)> = Vec::new();
    for (text, values) in ways {
        for row in built(text).bind_all(values).rows(link).await? {
            found.push(read(&row)?);
        }
    }
    match order {
        Order::Up => found.sort_by(|(one, _), (other, _)| one.cmp(other)),
        Order::Down => found.sort_by(|(one, _), (other, _)| other.cmp(one)),
    }
    // A row may be met in two ways.
    found.dedup_by(|(one, _), (other, _)| one == other);
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(key, _)| cursor::write(key));
    Ok(Page { rows: found.into_iter().map(|(_, row)| row).collect(), next })
}
