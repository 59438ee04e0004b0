package toml

import "slices"

// Merge returns the table older with the values of the table over. If both have
// a table under a key, these merge in the same way. An array for which appends
// is true is added after the older array; an empty one removes the older
// elements. Any other value replaces the older one. The keys of older come
// first, in their order, then the new ones. The arguments are not changed.
// Every value keeps its position and path, except that a merged table has those
// of the table in over.
//
// appends gets nodes of over.
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

// Without returns a copy of the table without some keys.
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

// With returns a copy of the table with a value under a key. The value keeps
// its position in the file.
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

// InTable returns a table that has only this value, under a key. Its position
// is that of the value.
func (n *Node) InTable(key string) *Node {
	table := n.copy()
	table.Kind, table.Str = Table, ""
	table.Items = nil
	value := n.copy()
	value.Key = key
	table.Items = []*Node{value}
	return table
}

// Replaced returns a tree in which replace has changed each string; positions
// and paths stay. Nodes without a change are shared. ok is false if replace
// returned false for a string; then the tree must not be used.
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

// copy returns a node that may be changed. It has no index, because the index
// would contain the old nodes.
func (n *Node) copy() *Node {
	c := *n
	c.index = nil
	c.same = n.original()
	return &c
}

// original returns the node of the file of which this node is a copy.
func (n *Node) original() *Node {
	if n.same != nil {
		return n.same
	}
	return n
}
