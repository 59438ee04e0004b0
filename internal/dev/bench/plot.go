package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The colours of the plots: ladder and peers are grey, and only Moult has a strong colour.
var (
	ladderColour   = color.RGBA{0xb4, 0xbc, 0xc8, 0xff}
	baselineColour = color.RGBA{0x7d, 0x89, 0x9b, 0xff}
	unlockedColour = color.RGBA{0xf2, 0xa8, 0x7a, 0xff}
	moultColour    = color.RGBA{0xd9, 0x4f, 0x1e, 0xff}
	peerColour     = color.RGBA{0x3c, 0x7d, 0xb8, 0xff}
	inkColour      = color.RGBA{0x2b, 0x31, 0x3b, 0xff}
	faintColour    = color.RGBA{0xe6, 0xe9, 0xee, 0xff}
)

func (c Contestant) colour() color.Color {
	switch c.Name {
	case "moult":
		return moultColour
	case "moult-unlocked":
		return unlockedColour
	case "uv":
		return peerColour
	case Baseline:
		return baselineColour
	}
	return ladderColour
}

// sans is the type of all text.
func sans(size float64, bold bool) font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	if bold {
		f.Weight = 2
	}
	return f
}

// panel is one of the pictures in a plot.
type panel struct {
	title, unit string
	row         row
}

// talk are the four figures of the talk.
var talk = []panel{
	{"Image size", "MB", row{measure: Size, value: size}},
	{"First build", "s", row{measure: First, value: seconds}},
	{"Rebuild after a code change", "s", row{measure: string(Code), value: seconds}},
	{"Rebuild after a dependency change", "s", row{measure: string(Upgrade), value: seconds}},
}

// onLadder are the contestants of the ladder's plot.
func onLadder(c Contestant) bool {
	return strings.HasPrefix(c.Name, "step") || strings.HasPrefix(c.Name, "moult")
}

// ladder draws the talk's four figures as bars, with a bar for each contestant for which pass is true.
func (r *Results) ladder(app string, pass func(Contestant) bool) [][]*plot.Plot {
	var cells []*plot.Plot
	for _, panel := range talk {
		p := blank(panel.title + ", " + panel.unit)
		var names []string
		var labels plotter.XYLabels
		high := 0.0
		for _, c := range r.shown(app) {
			if !pass(c) {
				continue
			}
			f, ok := r.figure(panel.row, app, c.Name)
			at := float64(len(names))
			names = append(names, strings.Replace(c.Title, ", ", "\n", 1))
			if !ok {
				continue
			}
			bar, err := plotter.NewBarChart(plotter.Values{f.Median}, vg.Points(21))
			if err != nil {
				continue
			}
			bar.XMin, bar.Color, bar.LineStyle.Width = at, c.colour(), 0
			p.Add(bar)
			labels.XYs = append(labels.XYs, plotter.XY{X: at, Y: f.Median})
			labels.Labels = append(labels.Labels, short(f.Median))
			high = max(high, f.High)
		}
		if len(labels.XYs) > 0 {
			if over, err := plotter.NewLabels(labels); err == nil {
				for n := range over.TextStyle {
					over.TextStyle[n].Font, over.TextStyle[n].Color = sans(8.5, false), inkColour
					over.TextStyle[n].XAlign = text.XCenter
				}
				over.Offset.Y = vg.Points(3)
				p.Add(over)
			}
		}
		p.NominalX(names...)
		p.X.Tick.Label.Font, p.X.Tick.Label.Color = sans(8.5, false), inkColour
		p.X.Tick.Length, p.X.LineStyle.Color, p.X.Padding = 0, ladderColour, 0
		p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
		p.Y.Min, p.Y.Max = 0, high*1.14
		p.HideY()
		cells = append(cells, p)
	}
	return [][]*plot.Plot{cells[:2], cells[2:]}
}

// growthPlot draws the times of rebuilds against the number of packages.
func (r *Results) growthPlot() [][]*plot.Plot {
	var cells []*plot.Plot
	for _, g := range []struct{ measure, title string }{
		{GrowNothing, "Nothing changed, s"},
		{GrowUpgrade, "One of the packages upgraded, s"},
	} {
		p := blank(g.title)
		p.X.Label.Text = "packages"
		p.X.Label.TextStyle.Font, p.X.Label.TextStyle.Color = sans(9, false), inkColour
		p.X.Tick.Label.Font, p.Y.Tick.Label.Font = sans(8.5, false), sans(8.5, false)
		grid := plotter.NewGrid()
		grid.Vertical.Width, grid.Horizontal.Color = 0, faintColour
		p.Add(grid)
		var ticks []plot.Tick
		for _, n := range r.counts() {
			ticks = append(ticks, plot.Tick{Value: float64(n), Label: fmt.Sprint(n)})
		}
		p.X.Tick.Marker = plot.ConstantTicks(ticks)
		high, last := 0.0, 0.0
		var ends plotter.XYLabels
		for _, name := range growers {
			found, err := Find([]string{name})
			if err != nil {
				continue
			}
			c := found[0]
			var line plotter.XYs
			for _, n := range r.counts() {
				if f, ok := r.of(growthApp, name, g.measure, n, seconds); ok {
					line = append(line, plotter.XY{X: float64(n), Y: f.Median})
					high, last = max(high, f.Median), max(last, float64(n))
				}
			}
			if len(line) == 0 {
				continue
			}
			drawn, points, err := plotter.NewLinePoints(line)
			if err != nil {
				continue
			}
			drawn.Color, drawn.Width = c.colour(), vg.Points(2)
			points.Color, points.Shape, points.Radius = c.colour(), draw.CircleGlyph{}, vg.Points(2.6)
			p.Add(drawn, points)
			ends.XYs = append(ends.XYs, line[len(line)-1])
			ends.Labels = append(ends.Labels, c.Title)
		}
		apart(ends.XYs, high*0.06)
		if len(ends.XYs) > 0 {
			if names, err := plotter.NewLabels(ends); err == nil {
				for n := range names.TextStyle {
					names.TextStyle[n].Font, names.TextStyle[n].Color = sans(9, true), inkColour
					names.TextStyle[n].YAlign = text.YCenter
				}
				names.Offset.X = vg.Points(7)
				p.Add(names)
			}
		}
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, last*1.22, 0, high*1.1
		cells = append(cells, p)
	}
	return [][]*plot.Plot{cells}
}

// apart moves labels so that the distance to the label below is at least gap.
func apart(at plotter.XYs, gap float64) {
	order := make([]int, len(at))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(at[a].Y, at[b].Y) })
	for n := 1; n < len(order); n++ {
		at[order[n]].Y = max(at[order[n]].Y, at[order[n-1]].Y+gap)
	}
}

// blank returns a plot that has only a title.
func blank(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font, p.Title.TextStyle.Color = sans(11.5, true), inkColour
	p.Title.Padding = vg.Points(10)
	p.X.LineStyle.Color, p.Y.LineStyle.Color = ladderColour, ladderColour
	return p
}

// Plots writes the plots into a folder as SVG, and also as PNG if png is true. It returns the names of the files
// without their endings.
func (r *Results) Plots(dir string, png bool) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var written []string
	write := func(name string, cells [][]*plot.Plot, width, height vg.Length) error {
		if err := drawTo(filepath.Join(dir, name), cells, width, height, png); err != nil {
			return err
		}
		written = append(written, name)
		return nil
	}
	for _, app := range applications {
		shown := r.shown(app.Name)
		if len(shown) == 0 {
			continue
		}
		if err := write("ladder-"+app.Name, r.ladder(app.Name, onLadder), vg.Points(720), vg.Points(430)); err != nil {
			return written, err
		}
		if slices.ContainsFunc(shown, func(c Contestant) bool { return !onLadder(c) }) {
			peers := func(c Contestant) bool { return c.Name == Baseline || !strings.HasPrefix(c.Name, "step") }
			if err := write("peers-"+app.Name, r.ladder(app.Name, peers), vg.Points(720), vg.Points(430)); err != nil {
				return written, err
			}
		}
	}
	if len(r.counts()) > 1 {
		if err := write("growth", r.growthPlot(), vg.Points(720), vg.Points(300)); err != nil {
			return written, err
		}
	}
	return written, nil
}

// drawTo draws plots beside and below each other.
func drawTo(name string, cells [][]*plot.Plot, width, height vg.Length, png bool) error {
	tiles := draw.Tiles{
		Rows: len(cells), Cols: len(cells[0]), PadX: vg.Points(34), PadY: vg.Points(26),
		PadTop: vg.Points(14), PadBottom: vg.Points(12), PadLeft: vg.Points(18), PadRight: vg.Points(18),
	}
	paint := func(c draw.Canvas) {
		c.FillPolygon(color.White, []vg.Point{{X: 0, Y: 0}, {X: 0, Y: height}, {X: width, Y: height}, {X: width, Y: 0}})
		canvases := plot.Align(cells, tiles, c)
		for n, line := range cells {
			for m, p := range line {
				p.BackgroundColor = nil
				p.Draw(canvases[n][m])
			}
		}
	}
	svg := vgsvg.New(width, height)
	paint(draw.New(svg))
	var b bytes.Buffer
	if _, err := svg.WriteTo(&b); err != nil {
		return err
	}
	// If a viewer does not have this typeface, it uses another one without serifs.
	content := strings.NewReplacer(
		"font-family:Liberation Sans", "font-family:Liberation Sans,Arial,Helvetica,sans-serif",
		"font-family:Liberation", "font-family:Liberation Sans,Arial,Helvetica,sans-serif",
	).Replace(b.String())
	if err := os.WriteFile(name+".svg", []byte(content), 0o644); err != nil || !png {
		return err
	}
	raster := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))
	paint(draw.New(raster))
	file, err := os.Create(name + ".png")
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = vgimg.PngCanvas{Canvas: raster}.WriteTo(file)
	return err
}
