use super::fields::Fields;
use crate::trade::{Declaration, Finding, FindingCode};

pub(super) fn read<'a>(_fields: &mut Fields<'a>) -> Result<Declaration<'a>, Finding> {
    Err(Finding::error(FindingCode::UnknownFormat, "not read yet"))
}
