# A remote repository with its credentials, as Google's provider makes it. The
# emulator stands for Google: run.sh sets the endpoints.
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

variable "emulator" { type = string }
variable "token" {
  type      = string
  sensitive = true
}
variable "description" {
  type    = string
  default = "made by a configuration"
}

provider "google" {
  project                           = "demo-healthy"
  region                            = "us-central1"
  access_token                      = "emulator"
  artifact_registry_custom_endpoint = "http://${var.emulator}/v1/"
  secret_manager_custom_endpoint    = "http://${var.emulator}/v1/"
  resource_manager_custom_endpoint  = "http://${var.emulator}/v1/"
}

resource "google_secret_manager_secret" "token" {
  secret_id = "by-configuration"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "token" {
  secret      = google_secret_manager_secret.token.id
  secret_data = var.token
}

resource "google_secret_manager_secret_iam_member" "agent" {
  secret_id = google_secret_manager_secret.token.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com"
}

resource "google_artifact_registry_repository" "hub" {
  location      = "us-central1"
  repository_id = "by-configuration"
  description   = var.description
  format        = "DOCKER"
  mode          = "REMOTE_REPOSITORY"
  remote_repository_config {
    docker_repository {
      public_repository = "DOCKER_HUB"
    }
    upstream_credentials {
      username_password_credentials {
        username                = "demo"
        password_secret_version = google_secret_manager_secret_version.token.name
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.agent]
}
