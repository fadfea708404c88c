//! Due times, limits and clearance in words.

use crate::approval::{Moment, Task, TaskKind, Timing};
use crate::clearance::Examination;
use crate::clearance::explain::Lang;
use crate::law::{Day, Deadline, DeadlineUnit, Pack};
use crate::trade::Decision;

/// Who does a task on a day.
pub fn agency<'p>(pack: &'p Pack, task: &Task, day: Day, lang: Lang) -> &'p str {
    match task.agency {
        Some(agency) => {
            let agency = pack.authority_on(agency, day).agency_name;
            lang.pick(&agency.name_vi, &agency.name_en)
        }
        None => lang.pick("Hải quan", "Customs"),
    }
}

/// What a task is about.
pub fn subject<'p>(pack: &'p Pack, task: &Task, lang: Lang) -> &'p str {
    let measure = &pack.measures[task.measure.index()];
    match task.kind {
        TaskKind::SettleFact => lang.pick("làm rõ thông tin hàng hóa", "settle what the goods are"),
        TaskKind::Dossier => lang.pick(&measure.title_vi, &measure.title_en),
    }
}

/// A moment on the pack's clock, as people write it.
pub fn moment(moment: Moment) -> String {
    let time = moment.civil();
    format!("{} {:02}:{:02}", time.date(), time.hour(), time.minute())
}

/// A limit in words: `3-5 working days`.
pub fn limit(deadline: &Deadline, lang: Lang) -> String {
    if deadline.value.is_none() {
        return lang.pick("tự động", "automatic").to_owned();
    }
    let unit = match deadline.unit {
        DeadlineUnit::WorkingDays => lang.pick("ngày làm việc", "working day"),
        DeadlineUnit::Days => lang.pick("ngày", "day"),
        DeadlineUnit::WorkingHours => lang.pick("giờ làm việc", "working hour"),
        DeadlineUnit::Hours => lang.pick("giờ", "hour"),
    };
    let plural = if lang == Lang::En && deadline.text != "1" { "s" } else { "" };
    format!("{} {unit}{plural}", deadline.text)
}

/// When a task is due, and by which limit.
pub fn due(pack: &Pack, task: &Task, timing: &Timing, lang: Lang) -> String {
    let words = timing.limit.and_then(|known| known.deadline(pack)).map(|known| limit(known, lang));
    let estimated =
        if timing.estimated { lang.pick(" (ngày nghỉ ước tính)", " (holidays estimated)") } else { "" };
    match (timing.due, words) {
        (Some(due), Some(words)) => format!("{} {} ({words}){estimated}", lang.pick("hạn", "due"), moment(due)),
        (Some(due), None) => format!("{} {}{estimated}", lang.pick("hạn", "due"), moment(due)),
        (None, words) if timing.paused => {
            let stands = lang
                .pick("đồng hồ đang dừng, chờ người khai bổ sung", "the clock stands: the trader was asked for more");
            let limit = words.map(|words| format!("; {}: {words}", lang.pick("thời hạn", "limit")));
            format!("{stands}{}", limit.unwrap_or_default())
        }
        (None, Some(words)) => {
            format!("{}: {words}", lang.pick("chưa rõ ngày bắt đầu; thời hạn", "start unknown; limit"))
        }
        (None, None) if task.kind == TaskKind::SettleFact => {
            lang.pick("người khai trả lời được ngay", "the trader can answer at once").to_owned()
        }
        (None, None) => lang.pick("không rõ thời hạn", "no time limit known").to_owned(),
    }
}

/// How much time a task has to spare; empty where that is not known.
pub fn slack(timing: &Timing, lang: Lang) -> String {
    match timing.slack_working_days {
        _ if timing.critical => lang.pick("đường găng", "critical").to_owned(),
        Some(1) => lang.pick("dự trữ 1 ngày làm việc", "slack 1 working day").to_owned(),
        Some(days) => format!("{} {days} {}", lang.pick("dự trữ", "slack"), lang.pick("ngày làm việc", "working days")),
        None => String::new(),
    }
}

/// When the goods can be cleared, and who holds them up.
pub fn clearance(pack: &Pack, examination: &Examination<'_, '_>, lang: Lang) -> String {
    if examination.decision == Decision::Refuse {
        return lang.pick("không được, đã bị từ chối", "none, it is refused").to_owned();
    }
    let when = match examination.schedule.clearance() {
        Some(earliest) => format!("{} {}", lang.pick("sớm nhất", "at the earliest"), moment(earliest)),
        None => lang.pick("không rõ khi nào", "nobody can tell when").to_owned(),
    };
    let mut held: Vec<&str> = examination
        .schedule
        .held_by(examination.tasks)
        .map(|agency| pack.authority_on(agency, Day::of(examination.day)).agency_name)
        .map(|agency| lang.pick(&agency.name_vi, &agency.name_en))
        .collect();
    if examination.schedule.held_by_trader(examination.tasks) {
        held.push(lang.pick("người khai", "the trader"));
    }
    if held.is_empty() { when } else { format!("{when}; {} {}", lang.pick("đang chờ", "held by"), held.join(", ")) }
}

/// The numbers of a task's lines, runs of them as `3–7`, at most so many runs.
pub fn lines(examination: &Examination<'_, '_>, task: &Task, most: usize, lang: Lang) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for position in &task.lines {
        let number = examination.screening.lines[*position as usize].number;
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let shown = runs.iter().take(most);
    let mut words: Vec<String> = shown
        .map(|(from, to)| match to - from {
            0 => from.to_string(),
            1 => format!("{from}, {to}"),
            _ => format!("{from}–{to}"),
        })
        .collect();
    if runs.len() > most {
        words.push(format!(
            "… ({})",
            lang.pick(&format!("tổng cộng {} dòng", task.lines.len()), &format!("{} lines in all", task.lines.len()),)
        ));
    }
    format!("{} {}", lang.pick("dòng", "lines"), words.join(", "))
}
