//! Keys and certificates of gateways that are tried out: an authority of their own for each.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};

/// The keys of a gateway, in PEM.
#[derive(Clone)]
pub struct GatewayKeys {
    /// The private key.
    pub key: String,
    /// Its certificate.
    pub certificate: String,
    /// What partners believe it by: its authority.
    pub trust: String,
}

/// Keys are not printed.
impl std::fmt::Debug for GatewayKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GatewayKeys(…)")
    }
}

impl GatewayKeys {
    /// New keys for the gateway of a country, which is found under these names.
    ///
    /// # Errors
    /// What the library says, never by the world's doing.
    pub fn new(country: &str, names: &[&str]) -> Result<Self, rcgen::Error> {
        let pair = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256);
        let params = |name: String, names: Vec<String>| {
            CertificateParams::new(names).map(|mut params| {
                params.distinguished_name.push(DnType::CommonName, name);
                params.not_before = date_time_ymd(2024, 1, 1);
                params.not_after = date_time_ymd(2044, 1, 1);
                params
            })
        };
        let mut of_authority = params(format!("{country} gateway authority"), Vec::new())?;
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(of_authority, pair()?)?;
        let key = pair()?;
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let mut own = params(format!("{country} gateway"), names)?;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = own.signed_by(&key, &authority)?.pem();
        Ok(Self { key: key.serialize_pem(), certificate, trust: authority.pem() })
    }

    /// The keys that lie in a folder (`key.pem`, `cert.pem`, `trust.pem`); new ones where none do.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn in_folder(folder: &Path, country: &str, names: &[&str]) -> std::io::Result<Self> {
        let at = |name: &str| folder.join(name);
        if at("key.pem").exists() {
            let read = |name: &str| std::fs::read_to_string(at(name));
            return Ok(Self { key: read("key.pem")?, certificate: read("cert.pem")?, trust: read("trust.pem")? });
        }
        std::fs::create_dir_all(folder)?;
        let made = Self::new(country, names).map_err(std::io::Error::other)?;
        std::fs::write(at("trust.pem"), &made.trust)?;
        std::fs::write(at("cert.pem"), &made.certificate)?;
        // The key is written last: a folder with one is whole.
        private(&at("key.pem"), &made.key)?;
        Ok(made)
    }
}

/// Writes a file that only its owner may read.
fn private(path: &Path, content: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}
