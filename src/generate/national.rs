//! Writing the national declaration profile (`message::national`).

use super::draft::{Draft, Line};
use super::population::{GoodKind, Population};
use super::text::Put;
use super::words::{CURRENCIES, PLACES};

/// Writes a declaration.
pub(super) fn write(population: &Population<'_>, draft: &Draft<'_>, out: &mut Vec<u8>) {
    header(population, draft, out);
    let kind = if draft.import { "ImportDeclaration" } else { "ExportDeclaration" };
    out.put("<Body><Content><");
    out.put(kind);
    out.put(">\n");
    if draft.registered {
        out.put("<Registration><Number>");
        out.number(draft.number());
        out.put("</Number><Date>");
        out.day(draft.day);
        out.push(b' ');
        out.clock(draft.second, ":");
        out.put("</Date></Registration>\n");
    }
    if draft.import {
        import(draft, out);
    } else {
        export(draft, out);
    }
    out.put("\n<GoodsList>\n");
    for each in &draft.lines {
        line(population, draft, each, out);
    }
    out.put("</GoodsList>\n</");
    out.put(kind);
    out.put("></Content></Body>\n</Envelope>\n");
}

fn header(population: &Population<'_>, draft: &Draft<'_>, out: &mut Vec<u8>) {
    let country = &population.country;
    out.put(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Envelope>\n<Header><Reference><version>01</version><messageId>",
    );
    out.digits(draft.index + 1, 12);
    out.put("</messageId></Reference>\n<From><name>");
    out.put(&draft.trader.name);
    out.put("</name>");
    out.element("identity", &draft.trader.tax_code);
    out.element("countryCode", country);
    out.put("<ministryCode>DN</ministryCode><organizationCode>DN</organizationCode></From>\n");
    out.put("<To><name>HQ</name><identity>HQ</identity>");
    out.element("countryCode", country);
    out.put("<ministryCode>HQ</ministryCode><organizationCode>HQ</organizationCode></To>\n<Subject>");
    out.element("documentType", if draft.import { "IDA" } else { "EDA" });
    out.put("<type>10</type><function>01</function><reference>");
    reference(draft, out);
    out.put("</reference><documentYear>");
    out.number(u64::from(draft.day.year().unsigned_abs()));
    out.put("</documentYear><preReference>");
    reference(draft, out);
    out.put("</preReference><sendDate>");
    out.day(draft.day);
    out.push(b' ');
    out.clock(draft.second - 600, ":");
    out.put("</sendDate></Subject></Header>\n");
}

/// The sender's reference.
pub(super) fn reference(draft: &Draft<'_>, out: &mut Vec<u8>) {
    out.put("TK");
    out.digits(draft.index + 1, 9);
}

fn import(draft: &Draft<'_>, out: &mut Vec<u8>) {
    let place = &PLACES[draft.partner.place];
    out.element("ICB", draft.regime.as_str());
    out.element("MTC", draft.transport);
    out.element("SKB", draft.trader.class);
    out.element("CH", draft.office);
    out.element("IMC", &draft.trader.tax_code);
    out.element("IMN", &draft.trader.name);
    out.element("IMA", draft.trader.town);
    out.element("EPN", &draft.partner.name);
    out.element("EPO", place.country);
    cargo(draft, out);
    out.put("<ARR>");
    out.day(draft.day);
    out.put("</ARR>");
    out.element("PSC", place.port);
    invoice(draft, "CIF", out);
}

fn export(draft: &Draft<'_>, out: &mut Vec<u8>) {
    let place = &PLACES[draft.partner.place];
    out.element("ECB", draft.regime.as_str());
    out.element("MTC", draft.transport);
    out.element("CH", draft.office);
    out.element("EPC", &draft.trader.tax_code);
    out.element("EPN", &draft.trader.name);
    out.element("EPA", draft.trader.town);
    out.element("CGN", &draft.partner.name);
    out.element("CGK", place.country);
    cargo(draft, out);
    out.element("DSC", place.port);
    out.put("<SYM>");
    out.day(draft.day);
    out.put("</SYM>");
    invoice(draft, "FOB", out);
}

fn cargo(draft: &Draft<'_>, out: &mut Vec<u8>) {
    out.put("<NO>");
    out.number(draft.packages);
    out.put("</NO><NOT>CT</NOT><GW>");
    out.number(draft.gross());
    out.put("</GW><GWT>KGM</GWT>");
}

fn invoice(draft: &Draft<'_>, terms: &str, out: &mut Vec<u8>) {
    out.put("<IV3>INV-");
    out.number(draft.index + 1);
    out.put("</IV3><IP1>A</IP1>");
    out.element("IP2", terms);
    out.element("IP3", CURRENCIES[draft.currency].0);
    out.put("<IP4>");
    out.decimal(draft.total(), 2);
    out.put("</IP4>");
}

fn line(population: &Population<'_>, draft: &Draft<'_>, line: &Line<'_>, out: &mut Vec<u8>) {
    let (currency, rate) = CURRENCIES[draft.currency];
    let sign = if line.negative { "-" } else { "" };
    out.put("<Goods><LineNo>");
    out.number(line.number);
    out.put("</LineNo>");
    out.element("CMD", line.wrong_code.as_deref().unwrap_or(&line.good.code));
    out.put("<CMN>");
    description(line, out);
    out.put("</CMN>");
    if let Some(origin) = line.origin.filter(|_| draft.import) {
        out.element("OR", origin);
    }
    out.put("<QN1>");
    out.decimal(line.quantity, 3);
    out.put("</QN1>");
    out.element("QT1", line.good.unit);
    out.put("<BPR>");
    out.put(sign);
    out.decimal(line.value(), 2);
    out.put("</BPR><UPR>");
    out.decimal(line.price, 2);
    out.put("</UPR>");
    out.element("UPC", currency);
    out.element("BPC", &population.currency);
    out.put("<DPR>");
    out.put(sign);
    out.number(line.value() * rate / 100);
    out.put("</DPR>");
    if let Some((kind, number)) = line.permit {
        out.put("<PermitList><Permit>");
        out.element("SS", kind);
        out.put("<SN>");
        permit_number(draft, kind, number, out);
        out.put("</SN></Permit></PermitList>");
    }
    out.put("</Goods>\n");
}

/// The number of a permit, at most 20 characters.
pub(super) fn permit_number(draft: &Draft<'_>, kind: &str, number: u64, out: &mut Vec<u8>) {
    out.number(number);
    out.push(b'/');
    out.put(kind);
    out.push(b'-');
    out.number(u64::from(draft.day.year().unsigned_abs()));
}

/// The goods in words.
pub(super) fn description(line: &Line<'_>, out: &mut Vec<u8>) {
    out.put(&line.good.text);
    if let Some(brand) = line.brand {
        out.put(", nhãn hiệu ");
        out.put(brand);
    }
    if line.good.kind == GoodKind::Machine {
        out.put(", model ");
        out.number(line.model);
    }
    out.put(line.use_phrase);
    out.put(line.state_phrase);
}
