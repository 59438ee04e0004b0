package start

// installedApps are the applications of Django that a statement at the top level of
// settings names in INSTALLED_APPS, if it names nothing else: other values depend
// on what is known only when it runs.
func installedApps(s statement) (apps []Import) {
	t := s.tokens
	if len(t) < 3 || !t[0].is("INSTALLED_APPS") {
		return nil
	}
	if !t[1].is("=") && !t[1].is("+=") {
		return nil
	}
	for _, one := range t[2:] {
		switch {
		case one.kind == text:
			apps = append(apps, Import{Module: one.value, Line: s.line, Col: s.indent + 1})
		case one.is("["), one.is("]"), one.is("("), one.is(")"), one.is(","):
		default:
			return nil
		}
	}
	return apps
}
