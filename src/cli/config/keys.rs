//! The settings that there are: one table for the file, the environment and `--print-config`.

/// What a value is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A number, without quotes.
    Number,
}

/// A setting.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name in the file: `table.key`.
    pub(super) name: &'static str,
    /// Its variable in the environment.
    pub(super) variable: &'static str,
    /// Its flag, where the command has one.
    pub(super) flag: &'static str,
    /// What it is where nobody says anything; none: it is not set.
    pub(super) default: Option<&'static str>,
    pub(super) shape: Shape,
    /// It is never shown.
    pub(super) secret: bool,
}

const fn text(name: &'static str, variable: &'static str, flag: &'static str, default: Option<&'static str>) -> Key {
    Key { name, variable, flag, default, shape: Shape::Text, secret: false }
}

const fn number(name: &'static str, variable: &'static str, flag: &'static str, default: &'static str) -> Key {
    Key { name, variable, flag, default: Some(default), shape: Shape::Number, secret: false }
}

/// All settings, those of one table together.
pub(super) const KEYS: [Key; 36] = [
    text("database", "MOTCUA_DATABASE", "--database", Some("motcua.db")),
    text("listen", "MOTCUA_LISTEN", "--listen", Some("127.0.0.1:8080")),
    text("rules", "MOTCUA_RULES", "--rules", None),
    text("sample_key_file", "MOTCUA_SAMPLE_KEY_FILE", "--sample-key", None),
    Key { secret: true, ..text("sample_key", "MOTCUA_SAMPLE_KEY", "", None) },
    text("spool", "MOTCUA_SPOOL", "--spool", None),
    text("tls.cert", "MOTCUA_TLS_CERT", "--tls-cert", None),
    text("tls.key", "MOTCUA_TLS_KEY", "--tls-key", None),
    text("log.filter", "MOTCUA_LOG", "--log", Some("info")),
    text("log.format", "MOTCUA_LOG_FORMAT", "--log-format", Some("text")),
    number("attachments.bytes", "MOTCUA_ATTACHMENTS_BYTES", "--attachment-bytes", "20971520"),
    text(
        "attachments.types",
        "MOTCUA_ATTACHMENTS_TYPES",
        "--attachment-types",
        Some("pdf,png,jpeg,tiff,xml,docx,xlsx"),
    ),
    text("attachments.scanner", "MOTCUA_ATTACHMENTS_SCANNER", "--scanner", None),
    text("webhooks.allow_private", "MOTCUA_WEBHOOKS_ALLOW_PRIVATE", "--allow-private", Some("")),
    text("webhooks.plain_http", "MOTCUA_WEBHOOKS_PLAIN_HTTP", "--plain-http", Some("")),
    number("webhooks.attempts", "MOTCUA_WEBHOOKS_ATTEMPTS", "--delivery-attempts", "500"),
    number("webhooks.refusals", "MOTCUA_WEBHOOKS_REFUSALS", "--delivery-refusals", "5"),
    text("webhooks.longest_pause", "MOTCUA_WEBHOOKS_LONGEST_PAUSE", "--delivery-pause", Some("1h")),
    number("limits.message_bytes", "MOTCUA_LIMITS_MESSAGE_BYTES", "--message-bytes", "33554432"),
    number("limits.body_bytes", "MOTCUA_LIMITS_BODY_BYTES", "--body-bytes", "1048576"),
    number("limits.per_second", "MOTCUA_LIMITS_PER_SECOND", "--per-second", "1000000"),
    number("limits.lane_waiting", "MOTCUA_LIMITS_LANE_WAITING", "--lane-waiting", "4096"),
    number("limits.sender_waiting", "MOTCUA_LIMITS_SENDER_WAITING", "--sender-waiting", "512"),
    number("limits.waiting_bytes", "MOTCUA_LIMITS_WAITING_BYTES", "--waiting-bytes", "536870912"),
    text("clocks.remind_before", "MOTCUA_CLOCKS_REMIND_BEFORE", "--remind-before", Some("24h")),
    text("clocks.escalate_after", "MOTCUA_CLOCKS_ESCALATE_AFTER", "--escalate-after", Some("48h")),
    text("gateway.listen", "MOTCUA_GATEWAY_LISTEN", "--gateway-listen", Some("127.0.0.1:8443")),
    text("gateway.key", "MOTCUA_GATEWAY_KEY", "--gateway-key", None),
    text("gateway.cert", "MOTCUA_GATEWAY_CERT", "--gateway-cert", None),
    text("gateway.country", "MOTCUA_GATEWAY_COUNTRY", "--gateway-country", None),
    text("own.name", "MOTCUA_OWN_NAME", "", Some("NSW")),
    text("own.identity", "MOTCUA_OWN_IDENTITY", "", Some("NSW")),
    text("own.country", "MOTCUA_OWN_COUNTRY", "", Some("")),
    text("own.ministry", "MOTCUA_OWN_MINISTRY", "", Some("")),
    text("own.organization", "MOTCUA_OWN_ORGANIZATION", "", Some("")),
    text("own.unit", "MOTCUA_OWN_UNIT", "", Some("")),
];
