//! Writing declarations of the WCO Data Model.

use super::draft::{Draft, Line};
use super::national::{description, permit_number, reference};
use super::population::Population;
use super::text::Put;
use super::words::{CURRENCIES, PLACES};

/// Writes a declaration.
pub(super) fn write(population: &Population<'_>, draft: &Draft<'_>, out: &mut Vec<u8>) {
    out.put(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:MetaData xmlns:md=\"urn:wco:datamodel:WCO:DocumentMetaData-DMS:2\" \
         xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\" xmlns:p1=\"urn:wco:datamodel:WCO:Declaration_DS:DMS:2\">\n\
         <md:WCODataModelVersionCode>3.6</md:WCODataModelVersionCode><md:WCOTypeName>DEC</md:WCOTypeName>",
    );
    out.element("md:ResponsibleCountryCode", &population.country);
    out.put("\n<Declaration>\n");
    if draft.registered {
        out.put("<AcceptanceDateTime><p1:DateTimeString formatCode=\"204\">");
        out.digits(u64::from(draft.day.year().unsigned_abs()), 4);
        out.digits(u64::from(draft.day.month().unsigned_abs()), 2);
        out.digits(u64::from(draft.day.day().unsigned_abs()), 2);
        out.clock(draft.second, "");
        out.put("</p1:DateTimeString></AcceptanceDateTime>");
    }
    out.put("<FunctionCode>9</FunctionCode><FunctionalReferenceID>");
    reference(draft, out);
    out.put("</FunctionalReferenceID>");
    if draft.registered {
        out.put("<ID>");
        out.number(draft.number());
        out.put("</ID>");
    }
    out.element("TypeCode", if draft.import { "IMA" } else { "EXA" });
    out.put("<GoodsItemQuantity>");
    out.number(draft.lines.len() as u64);
    out.put("</GoodsItemQuantity>");
    out.element("DeclarationOfficeID", draft.office);
    out.put("<InvoiceAmount currencyID=\"");
    out.put(CURRENCIES[draft.currency].0);
    out.put("\">");
    out.decimal(draft.total(), 2);
    out.put("</InvoiceAmount><TotalGrossMassMeasure unitCode=\"KGM\">");
    out.number(draft.gross());
    out.put("</TotalGrossMassMeasure><TotalPackageQuantity>");
    out.number(draft.packages);
    out.put("</TotalPackageQuantity>");
    out.put("<BorderTransportMeans>");
    out.element("ModeCode", draft.transport);
    out.put("</BorderTransportMeans>");
    parties(population, draft, out);
    for each in &draft.lines {
        line(population, draft, each, out);
    }
    out.put("</GoodsShipment>\n</Declaration>\n</md:MetaData>\n");
}

fn party(name: &str, id: Option<&str>, text: &str, country: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    out.put(name);
    out.push(b'>');
    out.element("Name", text);
    if let Some(id) = id {
        out.element("ID", id);
    }
    out.put("<Address>");
    out.element("CountryCode", country);
    out.put("</Address></");
    out.put(name);
    out.push(b'>');
}

/// The parties, and the shipment up to its lines.
fn parties(population: &Population<'_>, draft: &Draft<'_>, out: &mut Vec<u8>) {
    let (trader, partner) = (draft.trader, draft.partner);
    let place = &PLACES[partner.place];
    let own = population.country.as_str();
    party("Declarant", Some(&trader.tax_code), &trader.name, own, out);
    if draft.import {
        party("Exporter", None, &partner.name, place.country, out);
    } else {
        party("Exporter", Some(&trader.tax_code), &trader.name, own, out);
    }
    out.put("\n<GoodsShipment>");
    let (from, to) = if draft.import { (place.country, own) } else { (own, place.country) };
    out.put("<Destination>");
    out.element("CountryCode", to);
    out.put("</Destination><ExportCountry>");
    out.element("ID", from);
    out.put("</ExportCountry>");
    if draft.import {
        party("Importer", Some(&trader.tax_code), &trader.name, own, out);
    } else {
        party("Importer", None, &partner.name, place.country, out);
    }
    out.push(b'\n');
}

fn line(population: &Population<'_>, draft: &Draft<'_>, line: &Line<'_>, out: &mut Vec<u8>) {
    let (currency, rate) = CURRENCIES[draft.currency];
    let sign = if line.negative { "-" } else { "" };
    out.put("<GovernmentAgencyGoodsItem><SequenceNumeric>");
    out.number(line.number);
    out.put("</SequenceNumeric><StatisticalValueAmount currencyID=\"");
    out.put(&population.currency);
    out.put("\">");
    out.put(sign);
    out.number(line.value() * rate / 100);
    out.put("</StatisticalValueAmount>");
    if let Some((kind, number)) = line.permit {
        out.put("<AdditionalDocument><ID>");
        permit_number(draft, kind, number, out);
        out.put("</ID>");
        out.element("TypeCode", kind);
        out.put("</AdditionalDocument>");
    }
    out.put("<Commodity><Description>");
    description(line, out);
    out.put("</Description><Classification>");
    out.element("ID", line.wrong_code.as_deref().unwrap_or(&line.good.code));
    out.put("<IdentificationTypeCode>TSP</IdentificationTypeCode></Classification><GoodsMeasure>");
    if line.good.unit == "KGM" {
        out.put("<NetNetWeightMeasure unitCode=\"KGM\">");
        out.decimal(line.quantity, 3);
        out.put("</NetNetWeightMeasure>");
    }
    out.put("<TariffQuantity unitCode=\"");
    out.put(line.good.unit);
    out.put("\">");
    out.decimal(line.quantity, 3);
    out.put("</TariffQuantity></GoodsMeasure><InvoiceLine><ItemChargeAmount currencyID=\"");
    out.put(currency);
    out.put("\">");
    out.put(sign);
    out.decimal(line.value(), 2);
    out.put("</ItemChargeAmount></InvoiceLine></Commodity><GovernmentProcedure>");
    out.element("CurrentCode", draft.regime.as_str());
    out.put("</GovernmentProcedure>");
    if let Some(origin) = line.origin {
        let origin = if draft.import { origin } else { &population.country };
        out.put("<Origin>");
        out.element("CountryCode", origin);
        out.put("<TypeCode>1</TypeCode></Origin>");
    }
    out.put("</GovernmentAgencyGoodsItem>\n");
}
