"""The application: vocabulary, use cases, storage, web and wiring."""
