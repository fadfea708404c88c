//! What a run came to, on standard error.

use std::fmt::Write as _;
use std::time::Duration;

use crate::clearance::batch::Tally;
use crate::clearance::explain::Lang;
use crate::law::{Day, Pack};

/// The summary of a run in words.
pub(super) fn summary(pack: &Pack, tally: &Tally, elapsed: Duration, lang: Lang) -> String {
    let mut text = String::new();
    let [clear, release, storage, hold, refuse] = tally.decisions;
    let _ = match lang {
        Lang::Vi => writeln!(
            text,
            "{} tờ khai, {} dòng hàng: {clear} thông quan, {release} giải phóng, {storage} bảo quản, {hold} giữ lại, {refuse} từ chối · {} không đọc được",
            tally.decided(),
            tally.lines,
            tally.rejected
        ),
        Lang::En => writeln!(
            text,
            "{} declarations, {} lines: {clear} clear, {release} release, {storage} storage, {hold} hold, {refuse} refuse · {} rejected",
            tally.decided(),
            tally.lines,
            tally.rejected
        ),
    };
    let measures = top(&tally.measures, |at| {
        let measure = &pack.measures[at];
        lang.pick(&measure.title_vi, &measure.title_en)
    });
    let agencies = top(&tally.agencies, |at| {
        let agency = pack.agencies[at].name_on(Day::MAX);
        lang.pick(&agency.name_vi, &agency.name_en)
    });
    for (title, rows) in [
        (lang.pick("Biện pháp giữ nhiều dòng nhất:", "Measures that hold most lines:"), measures),
        (lang.pick("Cơ quan giữ nhiều dòng nhất:", "Agencies that hold most lines:"), agencies),
    ] {
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}");
        for (name, count) in rows {
            let _ = writeln!(text, "  {count:>9}  {name}");
        }
    }
    let seconds = elapsed.as_secs_f64().max(1e-9);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let (documents, megabytes) =
        ((tally.decided() + tally.rejected) as f64 / seconds, tally.bytes as f64 / seconds / 1e6);
    let _ = match lang {
        Lang::Vi => writeln!(text, "{seconds:.2} giây · {documents:.0} tờ khai/giây · {megabytes:.1} MB/giây"),
        Lang::En => writeln!(text, "{seconds:.2} s · {documents:.0} declarations/s · {megabytes:.1} MB/s"),
    };
    text
}

/// The ten highest counts with their names.
fn top<'n>(counts: &[u64], name: impl Fn(usize) -> &'n str) -> Vec<(&'n str, u64)> {
    let mut rows: Vec<(usize, u64)> = counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    rows.truncate(10);
    rows.into_iter().map(|(at, count)| (name(at), count)).collect()
}
