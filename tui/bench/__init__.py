"""How fast a backend generates with a model, measured over its HTTP as any client would."""
