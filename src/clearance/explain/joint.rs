//! What meets on a line or in a declaration, who leads and what is offered, as sentences.

use super::Lang;
use crate::approval::{Joint, JointOfSeveral, Leader};
use crate::law::{AgencyId, Day, Pack};

/// That requirements meet on a line, who leads, and whether one visit is enough.
pub fn joint(pack: &Pack, joint: &Joint<'_>, day: Day, lang: Lang) -> String {
    let (count, all) = (joint.rules.len(), names(pack, &joint.agencies, day, lang));
    let meet = match lang {
        Lang::Vi => format!("{count} yêu cầu cùng gặp trên dòng hàng ({all})"),
        Lang::En => format!("{count} requirements meet on this line ({all})"),
    };
    let lead = match (&joint.lead, lang) {
        (None, Lang::Vi) => "; bộ quy tắc chưa có văn bản nào nêu cơ quan chủ trì".to_owned(),
        (None, Lang::En) => "; the pack knows no act that says who leads".to_owned(),
        (Some(lead), _) => leads(pack, lead, &joint.agencies, day, lang),
    };
    let offer = match (joint.inspection, joint.inspecting.len(), lang) {
        (false, ..) => "",
        (true, 1, Lang::Vi) => "; đề nghị kiểm tra một lần",
        (true, 1, Lang::En) => "; one visit is offered",
        (true, _, Lang::Vi) => "; đề nghị kiểm tra phối hợp một lần",
        (true, _, Lang::En) => "; one joint inspection is offered",
    };
    format!("{meet}{lead}{offer}")
}

/// That inspections on several lines of a declaration are led by one agency.
pub fn joint_of_several(pack: &Pack, joint: &JointOfSeveral<'_>, day: Day, lang: Lang) -> String {
    let (count, all) = (joint.rules.len(), names(pack, &joint.agencies, day, lang));
    let lines: Vec<String> = joint.lines.iter().map(u32::to_string).collect();
    let (lines, lead) = (lines.join(", "), leads(pack, &joint.lead, &joint.agencies, day, lang));
    match lang {
        Lang::Vi => {
            format!(
                "{count} yêu cầu kiểm tra cùng gặp trong lô hàng, các dòng {lines} ({all}){lead}; đề nghị kiểm tra phối hợp một lần"
            )
        }
        Lang::En => {
            format!(
                "{count} inspections meet in this consignment, lines {lines} ({all}){lead}; one joint inspection is offered"
            )
        }
    }
}

/// Who leads, and by which act; nothing where there is only one agency.
fn leads(pack: &Pack, lead: &Leader<'_>, agencies: &[AgencyId], day: Day, lang: Lang) -> String {
    let ministry = pack.ministries[lead.ministry.index()].name_on(day);
    let ministry = lang.pick(&ministry.name_vi, &ministry.name_en);
    let leader = match (lead.agency, lang) {
        (Some(agency), _) => name(pack, agency, day, lang),
        (None, Lang::Vi) => format!("cơ quan do {ministry} chỉ định"),
        (None, Lang::En) => format!("the agency that {ministry} names"),
    };
    match (lead.by, agencies, lang) {
        (Some(act), _, Lang::Vi) => format!("; {leader} chủ trì ({}: {})", act.legal_basis, act.why_vi),
        (Some(act), _, Lang::En) => format!("; {leader} leads ({}: {})", act.legal_basis, act.why_en),
        (None, [_], _) => String::new(),
        (None, _, Lang::Vi) => format!("; các yêu cầu kiểm tra đều do {leader} thực hiện"),
        (None, _, Lang::En) => format!("; {leader} makes all inspections"),
    }
}

fn name(pack: &Pack, agency: AgencyId, day: Day, lang: Lang) -> String {
    let name = pack.authority_on(agency, day).agency_name;
    lang.pick(&name.name_vi, &name.name_en).to_owned()
}

fn names(pack: &Pack, agencies: &[AgencyId], day: Day, lang: Lang) -> String {
    let names: Vec<String> = agencies.iter().map(|agency| name(pack, *agency, day, lang)).collect();
    names.join(", ")
}
