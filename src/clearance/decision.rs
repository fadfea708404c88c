//! The table of decisions.

use crate::approval::Weight;
use crate::trade::{Decision, Stage, Status};

/// What one requirement lets be done with its line. `storage` says whether the rule lets goods
/// go to storage while the result is pending.
pub fn decide_requirement(stage: Stage, status: Status, weight: Weight, storage: bool) -> Decision {
    if matches!(status, Status::Met | Status::Exempt | Status::Waived) {
        return Decision::Clear;
    }
    match weight {
        Weight::Listed => return Decision::Clear,
        Weight::Ask => return Decision::Hold,
        Weight::Counts => {}
    }
    match (stage, status) {
        (Stage::Prohibited, _)
        | (Stage::PermitBeforeImport | Stage::PermitBeforeExport | Stage::BeforeClearance, Status::Failed) => {
            Decision::Refuse
        }
        (Stage::BeforeClearance, Status::Pending) if storage => Decision::Storage,
        (Stage::PermitBeforeImport | Stage::PermitBeforeExport | Stage::BeforeClearance, _) => Decision::Hold,
        (Stage::AfterClearance | Stage::Notice, _) => Decision::Clear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_of_the_table() {
        use Decision::{Clear, Hold, Refuse, Storage};
        let rows = [
            // stage, required, pending, pending with storage allowed, failed
            (Stage::Prohibited, Refuse, Refuse, Refuse, Refuse),
            (Stage::PermitBeforeImport, Hold, Hold, Hold, Refuse),
            (Stage::PermitBeforeExport, Hold, Hold, Hold, Refuse),
            (Stage::BeforeClearance, Hold, Hold, Storage, Refuse),
            (Stage::AfterClearance, Clear, Clear, Clear, Clear),
            (Stage::Notice, Clear, Clear, Clear, Clear),
        ];
        for (stage, required, pending, stored, failed) in rows {
            let decide = |status, storage| decide_requirement(stage, status, Weight::Counts, storage);
            assert_eq!(decide(Status::Required, true), required, "{stage:?} required");
            assert_eq!(decide(Status::Pending, false), pending, "{stage:?} pending");
            assert_eq!(decide(Status::Pending, true), stored, "{stage:?} pending, storage allowed");
            assert_eq!(decide(Status::Failed, true), failed, "{stage:?} failed");
            for status in [Status::Met, Status::Exempt, Status::Waived] {
                assert_eq!(decide(status, false), Clear, "{stage:?} {status:?}");
            }
        }
    }

    #[test]
    fn what_is_only_listed_holds_nothing_and_what_is_asked_holds() {
        for stage in Stage::ALL {
            for status in [Status::Required, Status::Pending, Status::Failed] {
                assert_eq!(decide_requirement(*stage, status, Weight::Listed, false), Decision::Clear);
                assert_eq!(decide_requirement(*stage, status, Weight::Ask, true), Decision::Hold);
            }
        }
    }
}
