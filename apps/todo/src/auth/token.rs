//! Access tokens: JSON Web Tokens, signed with HMAC.
//!
//! `jsonwebtoken` reads and checks them; the signature is made here, so that neither RSA nor a library in C comes along.

use std::time::Duration;

use chrono::Utc;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha384, Sha512};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::settings::TokenSettings;

/// How far the clocks of two replicas may be apart, in seconds.
const LEEWAY: u64 = 10;

/// Makes tokens and reads them.
#[derive(Clone)]
pub(crate) struct Tokens {
    sign: EncodingKey,
    check: DecodingKey,
    header: Header,
    validation: Validation,
    lifetime: Duration,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    /// Whose it is.
    sub: Uuid,
    /// When it was made; tokens of others may lack it.
    #[serde(default)]
    iat: i64,
    /// When it is good no more.
    exp: i64,
}

impl Tokens {
    /// With the secret of the settings, or one that is drawn now.
    pub(crate) fn new(settings: &TokenSettings) -> Result<Self> {
        // A second state of this process installs the same.
        let _ = PROVIDER.install_default();
        let secret = match &settings.secret {
            Some(secret) => secret.clone(),
            None => draw()?,
        };
        let bytes = secret.expose_secret().as_bytes();
        let mut validation = Validation::new(settings.algorithm);
        validation.leeway = LEEWAY;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Ok(Self {
            sign: EncodingKey::from_secret(bytes),
            check: DecodingKey::from_secret(bytes),
            header: Header::new(settings.algorithm),
            validation,
            lifetime: settings.lifetime,
        })
    }

    /// A token of an account.
    pub(crate) fn issue(&self, account: Uuid) -> Result<String> {
        let now = Utc::now().timestamp();
        let seconds = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            sub: account,
            iat: now,
            exp: now.saturating_add(seconds),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.sign)
            .map_err(|error| Error::Internal(error.into()))
    }

    /// Whose a token is.
    ///
    /// # Errors
    ///
    /// It is not signed with the secret, in the one way that is accepted, or it is good no more.
    pub(crate) fn verify(&self, token: &str) -> Result<Uuid> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.check, &self.validation);
        match read {
            Ok(read) => Ok(read.claims.sub),
            Err(error) => {
                tracing::debug!(%error, "a token is refused");
                Err(Error::Unauthenticated)
            }
        }
    }

    /// How long a token is good.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }
}

/// A secret that nobody knows, also not this program when it starts again.
fn draw() -> Result<SecretString> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(error.to_string().into()))?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SecretString::from(text))
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hash::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(Hash::new(*algorithm, key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// One of the three hashes, with its key.
#[derive(Clone)]
enum Hash {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl Hash {
    fn new(algorithm: Algorithm, key: &[u8]) -> jsonwebtoken::errors::Result<Self> {
        let hash = match algorithm {
            Algorithm::HS256 => Hmac::new_from_slice(key).map(Self::Sha256),
            Algorithm::HS384 => Hmac::new_from_slice(key).map(Self::Sha384),
            Algorithm::HS512 => Hmac::new_from_slice(key).map(Self::Sha512),
            _ => return Err(ErrorKind::InvalidAlgorithm.into()),
        };
        hash.map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }

    fn algorithm_of(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::HS256,
            Self::Sha384(_) => Algorithm::HS384,
            Self::Sha512(_) => Algorithm::HS512,
        }
    }
}

impl Signer<Vec<u8>> for Hash {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(match self.clone() {
            Self::Sha256(hash) => hash.chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha384(hash) => hash.chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha512(hash) => hash.chain_update(message).finalize().into_bytes().to_vec(),
        })
    }
}

impl Verifier<Vec<u8>> for Hash {
    // It takes as long for every wrong signature.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let verdict = match self.clone() {
            Self::Sha256(hash) => hash.chain_update(message).verify_slice(signature),
            Self::Sha384(hash) => hash.chain_update(message).verify_slice(signature),
            Self::Sha512(hash) => hash.chain_update(message).verify_slice(signature),
        };
        verdict.map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hash {
    fn algorithm(&self) -> Algorithm {
        self.algorithm_of()
    }
}

impl JwtVerifier for Hash {
    fn algorithm(&self) -> Algorithm {
        self.algorithm_of()
    }
}
