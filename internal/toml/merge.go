package toml

import "slices"

// Merge lays one table over another: keys that both have as tables merge in the
// same way; an array for which appends is true is added after the older one,
// unless it is empty, which removes what the older one has; any other value
// takes the older one's place. Keys keep the older table's order, new ones
// follow. Neither tree is changed, and every value of the result keeps its own
// place and path; an older table's place is that of the table over it.
//
// appends is asked about the node of the table that is laid over.
func Merge(older, over *Node, appends func(*Node) bool) *Node {
	if older == nil || over == nil {
		if over == nil {
			return older
		}
		return over
	}
	if over.Kind == Array && older.Kind == Array && len(over.Items) > 0 && appends(over) {
		merged := over.copy()
		merged.Items = append(slices.Clone(older.Items), over.Items...)
		return merged
	}
	if over.Kind != Table || older.Kind != Table {
		return over
	}
	merged := over.copy()
	merged.Items = make([]*Node, 0, len(older.Items)+len(over.Items))
	for _, item := range older.Items {
		merged.Items = append(merged.Items, Merge(item, over.child(item.Key), appends))
	}
	for _, item := range over.Items {
		if older.child(item.Key) == nil {
			merged.Items = append(merged.Items, item)
		}
	}
	return merged
}

// Without gives the table without some keys.
func (n *Node) Without(keys ...string) *Node {
	if n == nil || n.Kind != Table {
		return n
	}
	rest := n.copy()
	rest.Items = nil
	for _, item := range n.Items {
		if !slices.Contains(keys, item.Key) {
			rest.Items = append(rest.Items, item)
		}
	}
	return rest
}

// With gives the table with a value under a key, which keeps its place in the
// file.
func (n *Node) With(key string, value *Node) *Node {
	table := n.copy()
	table.Items = make([]*Node, 0, len(n.Items)+1)
	v := value.copy()
	v.Key = key
	found := false
	for _, item := range n.Items {
		if item.Key == key {
			item, found = v, true
		}
		table.Items = append(table.Items, item)
	}
	if !found {
		table.Items = append(table.Items, v)
	}
	return table
}

// InTable gives a table that has the value under a key; it stands where the value
// stands.
func (n *Node) InTable(key string) *Node {
	table := n.copy()
	table.Kind, table.Str = Table, ""
	table.Items = nil
	value := n.copy()
	value.Key = key
	table.Items = []*Node{value}
	return table
}

// Replaced gives a tree in which each string is what replace makes of it; places
// and paths stay. Nodes without a change are shared. ok is false, and the tree
// useless, where replace said so of one string.
func (n *Node) Replaced(replace func(*Node) (text string, ok bool)) (_ *Node, ok bool) {
	if n == nil {
		return nil, true
	}
	switch n.Kind {
	case String:
		text, ok := replace(n)
		if !ok {
			return nil, false
		}
		if text == n.Str {
			return n, true
		}
		changed := n.copy()
		changed.Str, changed.Written = text, n.Str
		return changed, true
	case Array, Table:
		all := true
		var items []*Node
		for i, item := range n.Items {
			changed, ok := item.Replaced(replace)
			if !ok {
				all = false
				continue
			}
			if changed != item && items == nil {
				items = slices.Clone(n.Items[:i])
			}
			if items != nil {
				items = append(items, changed)
			}
		}
		if !all {
			return nil, false
		}
		if items == nil {
			return n, true
		}
		changed := n.copy()
		changed.Items = items
		return changed, true
	default:
		return n, true
	}
}

// copy makes a node that may be changed; it has no index, whose nodes would be
// the old ones.
func (n *Node) copy() *Node {
	c := *n
	c.index = nil
	c.same = n.original()
	return &c
}

// original is the node of the file that a copy was made of.
func (n *Node) original() *Node {
	if n.same != nil {
		return n.same
	}
	return n
}
