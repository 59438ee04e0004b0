package start

import "testing"

func TestCallsForAnEventLoopWheneverASourceIsLoaded(t *testing.T) {
	for src, want := range map[string][3]bool{
		"import asyncio\nloop = asyncio.get_event_loop()\n":                                                  {true, false, false},
		"from asyncio import get_event_loop\nget_event_loop().run_forever()\n":                               {true, false, false},
		"if __name__ == '__main__':\n    asyncio.get_event_loop().run_until_complete(main())\n":              {false, true, false},
		"def main():\n    loop = asyncio.get_event_loop()\n":                                                 {},
		"async def main():\n    loop = asyncio.get_event_loop()\nasyncio.run(main())\n":                      {},
		"later = lambda: asyncio.get_event_loop()\n":                                                         {},
		"policy = asyncio.get_event_loop_policy()\nloop = policy.get_event_loop()\n":                         {},
		"try:\n    loop = asyncio.get_event_loop()\nexcept RuntimeError:\n    loop = None\n":                 {},
		"import uvloop\nuvloop.install()\nloop = asyncio.get_event_loop()\n":                                 {true, false, true},
		"def ready():\n    asyncio.set_event_loop(asyncio.new_event_loop())\nx = asyncio.get_event_loop()\n": {true, false, true},
		"from asyncio import get_event_loop\nprint(get_event_loop)\n":                                        {},
	} {
		l := Load(src)
		if got := [3]bool{len(l.Loops) > 0, len(l.MainLoops) > 0, l.SetsLoop}; got != want {
			t.Errorf("%q: %v, want %v", src, got, want)
		}
	}
}
