package raise

import "context"

func (l *lab) makePackages(context.Context) error { return nil }
