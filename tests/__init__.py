"""Tests: unit, contract, integration, browser."""
