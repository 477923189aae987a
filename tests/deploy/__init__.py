"""Shipped files for deployments: systemd units and Kubernetes manifests."""
