"""Dossiers: what each actor says in many articles, by issue and in the order of time."""

from __future__ import annotations

from communique.dossiers.building import dossier
from communique.dossiers.model import ActorDossier, Dossier, Followed, Later, Line, Source, Topic

__all__ = ["ActorDossier", "Dossier", "Followed", "Later", "Line", "Source", "Topic", "dossier"]
