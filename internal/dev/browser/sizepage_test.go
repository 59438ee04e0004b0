package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/moult-build/moult/internal/cli/sizepage"
)

// hostile is a package whose name would end the page's script, if it were not escaped.
const hostile = `</script><img src=x onerror=document.title="owned">`

// large is an image of a base and 400 packages.
func large() *sizepage.Image {
	img := &sizepage.Image{Name: "shop", Platform: "linux/amd64"}
	add := func(name string, files ...sizepage.File) {
		l := sizepage.Layer{Name: name, Packed: 1000, Files: files}
		for _, f := range files {
			l.Size += f.Size
		}
		img.Layers = append(img.Layers, l)
	}
	add("the base", sizepage.File{Name: "usr/lib/libc.so.6", Size: 90e6}, sizepage.File{Name: "usr/bin/python3", Size: 7e6})
	var files []sizepage.File
	for n := range 400 {
		files = append(files, sizepage.File{Name: fmt.Sprintf("opt/venv/lib/python3.13/site-packages/package_%d/code.py", n), Size: int64(1e6 + n*1e4)})
	}
	add("install many", files...)
	add(hostile, sizepage.File{Name: "app/" + hostile + "/x", Size: 50e6})
	return img
}

// open is a tab with the page, what it has asked for, and what its scripts have complained about. The fragment is the
// address's.
func open(t *testing.T, img *sizepage.Image, fragment string) (ctx context.Context, requests, complaints func() []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "size.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := sizepage.Write(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var asked, said []string
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			asked = append(asked, e.Request.URL)
		case *runtime.EventExceptionThrown:
			said = append(said, e.ExceptionDetails.Text)
		}
	}))
	t.Cleanup(cancel)
	list := func(l *[]string) func() []string {
		return func() []string {
			mu.Lock()
			defer mu.Unlock()
			return append([]string(nil), *l...)
		}
	}
	run(t, ctx, call(network.Enable, network.EnableParams{}), chromedp.Navigate("file://"+file+fragment), visible())
	return ctx, list(&asked), list(&said)
}

// call is a command of the browser's protocol as an action.
func call[P any](command cdp.Command[P, cdp.Empty], parameters P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, parameters)
		return err
	})
}

// visible waits for the map.
func visible() chromedp.Action[chromedp.Void] { return chromedp.WaitVisible("#map > div:first-child") }

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// value is what an expression gives in the page.
func value[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// where is the trail above the map.
func where(t *testing.T, ctx context.Context) string {
	t.Helper()
	return value[string](t, ctx, `document.querySelector("nav").textContent`)
}

func expectWhere(t *testing.T, ctx context.Context, want string) {
	t.Helper()
	got := where(t, ctx)
	for end := time.Now().Add(5 * time.Second); got != want && time.Now().Before(end); got = where(t, ctx) {
		time.Sleep(20 * time.Millisecond)
	}
	if got != want {
		t.Errorf("the page shows %q, want %q", got, want)
	}
}

// click clicks on the label of a part that stands directly in the map.
func click(label string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(`#map > div[aria-label^="` + label + `,"] > p`)
}

func TestAClickLooksCloserAndEscapeAndTheTrailGoBack(t *testing.T) {
	ctx, _, complaints := open(t, large(), "")
	expectWhere(t, ctx, "shop")
	run(t, ctx, click("the base"))
	expectWhere(t, ctx, "shop › the base")
	run(t, ctx, click("usr"))
	expectWhere(t, ctx, "shop › the base › usr")
	run(t, ctx, chromedp.KeyEvent(kb.Escape))
	expectWhere(t, ctx, "shop › the base")
	run(t, ctx, chromedp.Click("nav button:first-child"))
	expectWhere(t, ctx, "shop")
	// The page stays, so there is no load to wait for, as chromedp.NavigateBack does.
	value[bool](t, ctx, `(history.back(), true)`)
	expectWhere(t, ctx, "shop › the base")
	if said := complaints(); len(said) > 0 {
		t.Error(said)
	}
}

func TestKeysReachEveryPart(t *testing.T) {
	ctx, _, _ := open(t, large(), "")
	run(t, ctx, chromedp.KeyEvent(kb.Tab))
	first := value[string](t, ctx, `document.activeElement.getAttribute("aria-label")`)
	run(t, ctx, chromedp.KeyEvent(kb.Enter))
	if name, _, _ := strings.Cut(first, ","); name == "" || where(t, ctx) != "shop › "+name {
		t.Errorf("with Enter on %q the page shows %q", first, where(t, ctx))
	}
	if within := value[bool](t, ctx, `document.getElementById("map").contains(document.activeElement)`); !within {
		t.Error("after Enter the focus is not on a part of what was opened")
	}
}

func TestALinkLeadsToWhatWasLookedAt(t *testing.T) {
	ctx, _, _ := open(t, large(), "#install%20many/package_399")
	expectWhere(t, ctx, "shop › install many › package_399")
	run(t, ctx, chromedp.Reload(), visible())
	expectWhere(t, ctx, "shop › install many › package_399")

	ctx, _, complaints := open(t, large(), "#install%20many/nothing")
	expectWhere(t, ctx, "shop › install many")
	if said := complaints(); len(said) > 0 {
		t.Error(said)
	}
}

func TestFourHundredPackagesAreDrawnWithoutAskingAnybody(t *testing.T) {
	ctx, requests, complaints := open(t, large(), "#install%20many")
	// Each package has more than a thousandth of the layer: the page draws those of the largest sixty, and one box for the rest.
	if n := value[int](t, ctx, `document.querySelectorAll("#map > div").length`); n < 60 {
		t.Errorf("the page draws %d parts of the layer", n)
	}
	overlap := value[int](t, ctx, `(() => {
		const boxes = [...document.querySelectorAll("#map > div")].map(d => d.getBoundingClientRect());
		let n = 0;
		boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
			if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) n++;
		}));
		return n;
	})()`)
	if overlap != 0 {
		t.Errorf("%d pairs of parts overlap", overlap)
	}
	if title := value[string](t, ctx, "document.title"); title != "shop: where the bytes are" {
		t.Errorf("the title is %q", title)
	}
	if n := value[int](t, ctx, `document.images.length`); n != 0 {
		t.Errorf("a name has become %d images", n)
	}
	for _, url := range requests() {
		if !strings.HasPrefix(url, "file://") {
			t.Errorf("the page asks for %s", url)
		}
	}
	if len(requests()) != 1 || len(complaints()) != 0 {
		t.Errorf("requests %q, complaints %q", requests(), complaints())
	}
}

func TestThePageIsDarkWhereThePersonWantsItSo(t *testing.T) {
	ctx, _, _ := open(t, large(), "")
	background := `getComputedStyle(document.body).backgroundColor`
	light := value[string](t, ctx, background)
	run(t, ctx, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
	if dark := value[string](t, ctx, background); dark == light || dark != "rgb(22, 24, 27)" {
		t.Errorf("the background is %s in the light and %s in the dark", light, dark)
	}
	if ink := value[string](t, ctx, `getComputedStyle(document.body).color`); ink != "rgb(232, 230, 225)" {
		t.Errorf("the text is %s", ink)
	}
}
