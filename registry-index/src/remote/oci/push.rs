//! Publishing into a registry, and withdrawing.
//!
//! A registry overwrites tags, and none can be asked not to. So publishing looks first
//! whether the version is there, and afterwards whether it is still its own. Where two
//! publish one version within that moment, the later one stays; the earlier one is told
//! so, unless it looked before the other had pushed.

use boxfile_spec::PackageName;
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use oci_client::{Reference, RegistryOperation};
use reqwest::header::HeaderValue;
use semver::Version;

use super::failure::{Failed, retry};
use super::{Oci, Shared, manifest};
use crate::error::IndexError;
use crate::index::verify;
use crate::publish::{Outcome, Parcel, Publish};
use crate::remote::wire::wait_for;

impl Shared {
    async fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        let release = &parcel.release;
        if !release.version.build.is_empty() {
            // OCI distribution specification: a tag is `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
            return Err(IndexError::Unsupported {
                origin: self.origin.clone(),
                action: format!("hold version {}: a tag has no `+`", release.version),
                help: "leave out what is behind the `+`",
            });
        }
        let published = || IndexError::Published {
            name: release.name.clone(),
            version: release.version.clone(),
        };
        let tag = release.version.to_string();
        if let Some((manifest, config)) = self.manifest(&release.name, &release.version).await? {
            let origin = &self.origin;
            let known =
                manifest::unpack(&release.name, &release.version, &manifest, &config, origin)?;
            return match known {
                Some(known) if parcel.is(&known) => Ok(Outcome::AlreadyThere),
                _ => Err(published()),
            };
        }
        let image = manifest::pack(parcel)?;
        let reference = self.reference(&release.name, &tag);
        let text = manifest::text(&image.manifest, &parcel.file())?;
        // The manifest goes last: until then there is no such version.
        let (reference, image, text) = (&reference, &image, &text);
        self.client
            .store_auth_if_needed(reference.resolve_registry(), &self.auth)
            .await;
        let pushed = retry(self, reference, RegistryOperation::Push, || async move {
            let (layer, config) = (&image.layer.data, &image.config.data);
            let digest = &image.manifest.layers[0].digest;
            self.client
                .push_blob(reference, layer.clone(), digest)
                .await?;
            let digest = &image.manifest.config.digest;
            self.client
                .push_blob(reference, config.clone(), digest)
                .await?;
            self.push_manifest(reference, text).await
        });
        pushed
            .await
            .map_err(|failed| self.pushing(failed, reference))?;
        // Another may have pushed the same version meanwhile.
        match self.manifest(&release.name, &release.version).await? {
            Some((manifest, _)) if manifest::same(&manifest, &image.manifest) => {
                Ok(Outcome::Published)
            }
            _ => Err(published()),
        }
    }

    async fn yank(
        &self,
        name: &PackageName,
        version: &Version,
        yanked: bool,
    ) -> Result<(), IndexError> {
        let Some((mut manifest, _)) = self.manifest(name, version).await? else {
            return Err(IndexError::Unknown {
                origin: self.origin.clone(),
                name: name.clone(),
                version: version.clone(),
            });
        };
        let annotations = manifest.annotations.get_or_insert_default();
        if yanked {
            annotations.insert(manifest::YANKED.to_owned(), "true".to_owned());
        } else {
            annotations.remove(manifest::YANKED);
        }
        // The layer, which locks name, stays; the tag moves to a manifest that says so.
        manifest.media_type = Some(OCI_IMAGE_MEDIA_TYPE.to_owned());
        let reference = self.reference(name, &version.to_string());
        let (reference, text) = (&reference, &manifest::text(&manifest, &self.address(name))?);
        let pushed = retry(self, reference, RegistryOperation::Push, || async move {
            self.push_manifest(reference, text).await
        });
        pushed
            .await
            .map_err(|failed| self.pushing(failed, reference))?;
        Ok(())
    }

    async fn push_manifest(
        &self,
        reference: &Reference,
        text: &[u8],
    ) -> Result<String, OciDistributionError> {
        let kind = HeaderValue::from_static(OCI_IMAGE_MEDIA_TYPE);
        self.client
            .push_manifest_raw(reference, text.to_vec(), kind)
            .await
    }

    /// A registry to which nothing can be pushed may say that there is nothing there.
    fn pushing(&self, failed: Failed, reference: &Reference) -> IndexError {
        match failed {
            Failed::Error(error) => error,
            Failed::Absent => IndexError::Unsupported {
                origin: self.origin.clone(),
                action: format!("take `{reference}`: it says that there is no such place"),
                help: "correct the prefix, or make the place with the tools of the registry",
            },
        }
    }
}

impl Publish for Oci {
    fn publish(&self, parcel: &Parcel) -> Result<Outcome, IndexError> {
        let parcel = Parcel {
            bytes: verify(&parcel.release, &parcel.file(), parcel.bytes.clone())?,
            ..parcel.clone()
        };
        wait_for(self.shared.publish(&parcel))?
    }

    fn yank(&self, name: &PackageName, version: &Version, yanked: bool) -> Result<(), IndexError> {
        wait_for(self.shared.yank(name, version, yanked))?
    }
}
