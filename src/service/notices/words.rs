//! The one sentence of each notice, in Vietnamese and English.

use super::Topic;
use crate::law::life_cycle::Act;

/// What a notice says; `name` is what its case is called.
pub(super) fn sentence(topic: Topic, name: &str) -> (String, String) {
    let (vi, en) = match topic {
        Topic::Dossier(act) => {
            let (vi, en) = done(act);
            return (format!("Hồ sơ {name}: {vi}"), format!("Dossier {name}: {en}"));
        }
        Topic::Accepted => ("đã được cơ quan hải quan tiếp nhận", "customs has accepted it"),
        Topic::Decided => ("có quyết định mới về hàng hóa", "there is a new decision on the goods"),
        Topic::RequirementFailed => ("có yêu cầu không đạt", "a requirement has failed"),
        Topic::AmendmentAsked => ("người khai đề nghị sửa đổi, bổ sung", "the declarant asks to amend it"),
        Topic::Amended => ("đề nghị sửa đổi đã được chấp nhận", "the amendment is agreed to"),
        Topic::AmendmentRefused => ("đề nghị sửa đổi không được chấp nhận", "the amendment is refused"),
        Topic::CancellationAsked => ("người khai đề nghị hủy tờ khai", "the declarant asks to cancel it"),
        Topic::CancellationRefused => ("đề nghị hủy không được chấp nhận", "the cancellation is refused"),
        Topic::Cancelled => ("đã hủy", "it is cancelled"),
        Topic::StorageAsked => {
            ("người khai đề nghị đưa hàng về bảo quản", "the declarant asks to bring the goods to storage")
        }
        Topic::StorageGranted => ("được đưa hàng về bảo quản", "the goods may be brought to storage"),
        Topic::StorageRefused => {
            ("đề nghị đưa hàng về bảo quản không được chấp nhận", "bringing the goods to storage is refused")
        }
        Topic::PaperDisputed => (
            "kết quả nhập sau sự cố mâu thuẫn với dữ liệu",
            "what was entered after an outage contradicts what is known",
        ),
        Topic::PaperSettled => {
            ("hải quan đã xử lý kết quả nhập sau sự cố", "customs has decided of what was entered after an outage")
        }
        Topic::Overridden => ("công chức hải quan quyết định khác", "an officer has decided otherwise"),
        Topic::OverrideLifted => ("quyết định khác đã được rút lại", "what an officer decided otherwise is lifted"),
        Topic::Overdue => ("cơ quan xử lý quá hạn", "an agency is late"),
        Topic::Escalation => ("quá hạn kéo dài, cần can thiệp", "an agency is so late that somebody has to step in"),
        Topic::StepStuck => ("một bước không tự tiếp tục được", "a step does not go on by itself"),
        Topic::Cleared => ("hàng hóa đã được thông quan", "the goods are cleared"),
        Topic::TaskReady => ("có việc mới cần xử lý", "there is a new task"),
        Topic::TaskReminder => ("việc sắp đến hạn", "the task is due soon"),
        Topic::TaskOverdue => ("việc đã quá hạn", "the task is late"),
        Topic::TaskWithdrawn => ("việc không còn cần xử lý", "the task is not asked for any more"),
        Topic::TaskCancelled => ("tờ khai đã hủy, việc kết thúc", "the declaration has ended, and the task with it"),
        Topic::TaskAmended => ("tờ khai đã sửa đổi, cần xem lại", "the declaration was amended: look at it again"),
    };
    (format!("Tờ khai {name}: {vi}"), format!("Declaration {name}: {en}"))
}

/// What was done with a dossier.
fn done(act: Act) -> (&'static str, &'static str) {
    match act {
        Act::Apply => ("doanh nghiệp nộp hồ sơ", "the trader has applied"),
        Act::Replace => ("doanh nghiệp nộp lại hồ sơ", "the trader has sent it anew"),
        Act::Supplement => ("doanh nghiệp đã bổ sung theo yêu cầu", "the trader has answered what was asked for"),
        Act::Withdraw => ("doanh nghiệp rút hồ sơ", "the trader has withdrawn"),
        Act::AskWithdrawal => ("doanh nghiệp xin rút hồ sơ", "the trader asks to withdraw"),
        Act::AskEdit => ("doanh nghiệp xin sửa hồ sơ", "the trader asks to change it"),
        Act::AskCertificateEdit => ("doanh nghiệp xin sửa giấy đã cấp", "the trader asks to change what was issued"),
        Act::AskCertificateCancellation => {
            ("doanh nghiệp xin hủy giấy đã cấp", "the trader asks to cancel what was issued")
        }
        Act::Pay => ("doanh nghiệp báo đã nộp phí", "the trader says that the fee is paid"),
        Act::SubmitResult => ("doanh nghiệp nộp kết quả", "the trader has handed in a result"),
        Act::AskRetest => ("doanh nghiệp đề nghị kiểm tra lại", "the trader asks for another test"),
        Act::Report => ("doanh nghiệp báo cáo", "the trader reports"),
        Act::Accept => ("cơ quan tiếp nhận hồ sơ", "the agency has accepted it"),
        Act::Reject => ("cơ quan từ chối hồ sơ", "the agency has rejected it"),
        Act::Ask => ("cơ quan yêu cầu bổ sung", "the agency asks for more"),
        Act::Confirm => ("cơ quan xác nhận đăng ký", "the agency has confirmed the registration"),
        Act::Issue => ("cơ quan đã cấp kết quả", "the agency has issued the result"),
        Act::IssueInterim => ("cơ quan đã cấp giấy tạm thời", "the agency has issued an interim paper"),
        Act::Fail => ("cơ quan kết luận không đạt", "the agency finds that the goods fail"),
        Act::OrderTreatment => ("cơ quan yêu cầu xử lý hàng hóa", "the agency orders the goods to be treated"),
        Act::Revoke => ("cơ quan thu hồi giấy đã cấp", "the agency has revoked what it issued"),
        Act::Edit => ("cơ quan đã sửa giấy đã cấp", "the agency has changed what it issued"),
        Act::EditInterim => ("cơ quan đã sửa giấy tạm thời", "the agency has changed the interim paper"),
        Act::AgreeEdit => ("cơ quan đồng ý sửa hồ sơ", "the agency agrees to the change"),
        Act::RefuseEdit => ("cơ quan không đồng ý sửa hồ sơ", "the agency refuses the change"),
        Act::AgreeWithdrawal => ("cơ quan đồng ý cho rút hồ sơ", "the agency agrees to the withdrawal"),
        Act::RefuseWithdrawal => ("cơ quan không đồng ý cho rút hồ sơ", "the agency refuses the withdrawal"),
        Act::AgreeCertificateEdit => ("cơ quan đồng ý sửa giấy đã cấp", "the agency agrees to change what it issued"),
        Act::RefuseCertificateEdit => {
            ("cơ quan không đồng ý sửa giấy đã cấp", "the agency refuses to change what it issued")
        }
        Act::AgreeCertificateCancellation => ("cơ quan đồng ý hủy giấy đã cấp", "the agency cancels what it issued"),
        Act::RefuseCertificateCancellation => {
            ("cơ quan không đồng ý hủy giấy đã cấp", "the agency refuses to cancel what it issued")
        }
        Act::Fee => ("cơ quan thông báo phí", "the agency asks for a fee"),
        Act::FeeConfirmed => ("cơ quan xác nhận đã nộp phí", "the agency confirms the fee"),
        Act::Notice => ("cơ quan thông báo", "the agency tells something"),
    }
}
