package sizepage

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strconv"
)

//go:embed page.html
var source string

// Write writes the page.
func Write(w io.Writer, img *Image) error {
	t, err := template.New("page").Parse(source)
	if err != nil {
		return err
	}
	root := tree(img)
	// The page has the data as JSON in a script element. The encoder escapes text
	// that would end the element.
	data, err := json.Marshal(root)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		Name, Platform, Size, Packed string
		Layers                       int
		Data                         template.JS
	}{img.Name, img.Platform, human(root.Size), human(root.Packed), len(root.Children), template.JS(data)})
}

// human is a number of bytes for people.
func human(n int64) string {
	f := float64(n)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if f < 1000 || unit == "GB" {
			if f < 10 && unit != "B" {
				return fmt.Sprintf("%.1f %s", f, unit)
			}
			return fmt.Sprintf("%.0f %s", f, unit)
		}
		f /= 1000
	}
	return ""
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
