// Draws the charts of a page from their data blocks, after the first paint.
// Colours come from the style sheet, so that light, dark and paper need no reload.
'use strict'

;(function () {
	var PAPER = 680 // pixels across: what an upright page holds
	var script = document.currentScript
	var figures = new Map() // name → {node, figure, width}
	var waiting = new Set() // of what must be drawn anew
	var loading = null
	var printing = false

	// On paper the palette is the first rule's: what it is before dark changes it.
	function palette() {
		if (printing) {
			for (var sheet of document.styleSheets) {
				for (var rule of sheet.cssRules) if (rule.selectorText === ':root') return rule.style
			}
		}
		return getComputedStyle(document.documentElement)
	}

	function colour(name) {
		return palette().getPropertyValue('--' + name).trim()
	}

	var roles = {
		main: 'chart-main', tail: 'chart-main', compare: 'chart-compare', refused: 'chart-refused',
		'event-view_item': 'chart-1', 'event-page_view': 'chart-5', 'event-search': 'chart-2', 'event-add_to_cart': 'chart-3',
		'event-purchase': 'chart-4', 'event-other': 'chart-other', 'event-refused': 'chart-refused',
	}

	function paint(trace) {
		var role = (trace.meta && trace.meta.role) || 'main'
		var tone = colour(roles[role] || role.replace(/^series-/, 'chart-'))
		if (trace.type === 'bar') {
			trace.marker = Object.assign({}, trace.marker, { color: tone, line: { width: 0 } })
			if (trace.marker.pattern) trace.marker.pattern = hatched(trace.marker.pattern, tone)
			trace.textfont = { color: colour('text') }
			trace.insidetextfont = { color: colour('on-accent') }
		} else {
			trace.line = Object.assign({}, trace.line, { color: tone, width: role === 'compare' ? 1.5 : 2 })
			trace.marker = Object.assign({}, trace.marker, { color: tone, size: 5 })
			if (role === 'main') {
				trace.fill = 'tozeroy'
				trace.fillcolor = tone + '12'
			}
		}
		;['error_x', 'error_y'].forEach(function (name) {
			if (trace[name]) trace[name] = Object.assign({}, trace[name], { color: colour('dim') })
		})
		return trace
	}

	function hatched(pattern, tone) {
		return Object.assign({}, pattern, { fgcolor: tone, bgcolor: tone + '30', fgopacity: 1, fillmode: 'overlay', size: 6, solidity: 0.3 })
	}

	function axis(given) {
		return Object.assign({}, given, {
			gridcolor: colour('chart-grid'), linecolor: colour('line'), tickcolor: colour('line'),
			tickfont: { color: colour('dim'), size: 11 },
		})
	}

	// Marks in the plot, such as the line and number of a note.
	function marked(layout) {
		layout.shapes = (layout.shapes || []).map(function (shape) {
			return Object.assign({}, shape, { line: Object.assign({ width: 1 }, shape.line, { color: colour('dim') }) })
		})
		layout.annotations = (layout.annotations || []).map(function (note) {
			var font = Object.assign({ size: 11 }, note.font, { color: colour('dim') })
			return Object.assign({}, note, {
				font: font, bgcolor: colour('card'), bordercolor: colour('line'), arrowcolor: colour('dim'),
			})
		})
	}

	function themed(figure) {
		var layout = Object.assign({}, figure.layout, {
			paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
			font: { family: getComputedStyle(document.body).fontFamily, color: colour('text'), size: 12 },
			hoverlabel: { bgcolor: colour('card'), bordercolor: colour('line'), font: { color: colour('text'), size: 12 } },
		})
		layout.legend = Object.assign({}, layout.legend, { font: { color: colour('dim'), size: 11 } })
		layout.xaxis = axis(layout.xaxis)
		layout.yaxis = axis(layout.yaxis)
		marked(layout)
		if (matchMedia('(prefers-reduced-motion: reduce)').matches) delete layout.transition
		var data = figure.data.map(function (trace) { return paint(Object.assign({}, trace)) })
		return { data: data, layout: layout, config: { displayModeBar: false, locale: language() } }
	}

	function language() {
		return document.documentElement.lang || 'en'
	}

	// Months, days and separators of the page's language, as the browser knows them.
	function speak() {
		var tongue = language()
		if (/^en/.test(tongue)) return
		function named(count, at, options) {
			var format = new Intl.DateTimeFormat(tongue, Object.assign({ timeZone: 'UTC' }, options))
			return Array.from({ length: count }, function (_, number) { return format.format(at(number)) })
		}
		function sign(type, fallback) {
			var parts = new Intl.NumberFormat(tongue).formatToParts(-1234567.5)
			var found = parts.find(function (part) { return part.type === type })
			return found ? found.value : fallback
		}
		function month(number) { return Date.UTC(2023, number, 15) }
		function dated(_, number) { // as it stands in a date: of May, where a language tells them apart
			var parts = new Intl.DateTimeFormat(tongue, { day: 'numeric', month: 'short', timeZone: 'UTC' }).formatToParts(month(number))
			return parts.find(function (part) { return part.type === 'month' }).value
		}
		function day(number) { return Date.UTC(2023, 0, 1 + number) } // a Sunday
		Plotly.register({
			moduleType: 'locale', name: tongue, dictionary: {},
			format: {
				days: named(7, day, { weekday: 'long' }), shortDays: named(7, day, { weekday: 'short' }),
				months: named(12, month, { month: 'long' }), shortMonths: Array.from({ length: 12 }, dated),
				year: '%Y', month: '%b %Y', dayMonth: '%-d %b', dayMonthYear: '%-d %b %Y', date: '%-d %b %Y',
				decimal: sign('decimal', '.'), thousands: sign('group', ','),
			},
		})
	}

	// At the width its place has; a place that is folded away is drawn when it opens.
	function draw(entry) {
		var node = entry.node
		var width = printing ? Math.min(node.clientWidth, PAPER) : node.clientWidth
		if (!width || (node.checkVisibility && !node.checkVisibility())) return
		var ready = themed(entry.figure)
		Object.assign(ready.layout, { width: width, height: node.clientHeight })
		entry.width = width
		Plotly.react(node, ready.data, ready.layout, ready.config)
	}

	function redraw(entry) {
		if (!window.Plotly) return
		if (!waiting.size) requestAnimationFrame(drawSome)
		waiting.add(entry)
	}

	// As many as a frame holds, so that keys and clicks are heard between two charts.
	function drawSome() {
		var until = performance.now() + 10
		for (var entry of waiting) {
			waiting.delete(entry)
			try {
				draw(entry)
			} catch (error) {
				reportError(error) // the others are still drawn, and its table is there
			}
			if (performance.now() > until) break
		}
		if (waiting.size) requestAnimationFrame(drawSome)
	}

	function redrawAll() {
		figures.forEach(redraw)
	}

	function plotly() {
		if (!loading) {
			loading = new Promise(function (resolve, reject) {
				var element = document.createElement('script')
				element.src = script.dataset.plotly
				element.onload = resolve
				element.onerror = reject
				document.head.append(element)
			}).then(speak)
		}
		return loading
	}

	// Once, when the numbers are on the screen.
	function afterPaint(run) {
		if (!(window.PerformanceObserver && (PerformanceObserver.supportedEntryTypes || []).includes('paint'))) {
			return document.readyState === 'complete' ? setTimeout(run, 50) : addEventListener('load', function () { setTimeout(run, 50) })
		}
		var observer = new PerformanceObserver(function (list) {
			if (!list.getEntriesByName('first-contentful-paint').length) return
			observer.disconnect()
			run()
		})
		observer.observe({ type: 'paint', buffered: true })
	}

	var sizes = window.ResizeObserver && new ResizeObserver(function (seen) {
		seen.forEach(function (one) {
			figures.forEach(function (entry) {
				if (entry.node === one.target && entry.width !== entry.node.clientWidth && !printing) redraw(entry)
			})
		})
	})

	// All in `root` that has that attribute, and `root` itself.
	function all(root, attribute) {
		var found = Array.from(root.querySelectorAll('[' + attribute + ']'))
		return root.matches && root.matches('[' + attribute + ']') ? [root].concat(found) : found
	}

	// Takes up the charts of a page, or of a part of it that came later.
	function scan(root) {
		var found = all(root, 'data-chart').filter(function (place) {
			var known = figures.get(place.dataset.chart)
			return !known || known.node !== place.querySelector('.plot')
		})
		found.forEach(function (place) {
			if (figures.has(place.dataset.chart)) drop(place.dataset.chart)
			var node = place.querySelector('.plot')
			var figure = JSON.parse(place.querySelector('script[type="application/json"]').textContent)
			figures.set(place.dataset.chart, { node: node, figure: figure, width: 0 })
			if (sizes) sizes.observe(node)
		})
		all(root, 'data-png').forEach(function (button) { button.hidden = !figures.has(button.dataset.png) })
		if (!found.length) {
			if (root === document && document.querySelector('.late.of-chart, .late.of-tall')) afterPaint(plotly) // for a chart that is being asked
			return
		}
		afterPaint(function () {
			plotly().then(function () {
				found.forEach(function (place) {
					var entry = figures.get(place.dataset.chart)
					if (entry && !entry.width) redraw(entry)
				})
			})
		})
	}

	function drop(name) {
		var entry = figures.get(name)
		figures.delete(name)
		waiting.delete(entry)
		if (sizes) sizes.unobserve(entry.node)
		if (window.Plotly && entry.width) Plotly.purge(entry.node)
	}

	// Frees the charts of a part that is about to go, and of what has gone already.
	function forget(root) {
		figures.forEach(function (entry, name) {
			if (root.contains(entry.node) || !entry.node.isConnected) drop(name)
		})
	}

	// Paper is white and narrow: charts are drawn light, and shrink with their place.
	function paper(on) {
		if (printing === on || !window.Plotly) return
		printing = on
		figures.forEach(function (entry) {
			if (!entry.width) return
			draw(entry)
			entry.node.querySelectorAll('.main-svg').forEach(function (drawing) {
				if (on) drawing.setAttribute('viewBox', '0 0 ' + entry.width + ' ' + entry.node.clientHeight)
				else drawing.removeAttribute('viewBox')
			})
		})
	}

	// As on the screen, but on the card's own ground and twice as fine. Plotly's own way to a picture
	// passes through blob:, which pages may not load; a drawing as data: they may.
	function save(button) {
		var entry = figures.get(button.dataset.png)
		if (!entry) return
		var size = { width: entry.width || PAPER, height: entry.node.clientHeight || 280 }
		plotly().then(function () {
			var ready = themed(entry.figure)
			Object.assign(ready.layout, size, { paper_bgcolor: colour('card') })
			return Plotly.toImage(ready, Object.assign({ format: 'svg' }, size))
		}).then(function (drawing) {
			var image = new Image()
			image.src = drawing
			return image.decode().then(function () { return image })
		}).then(function (image) {
			var canvas = document.createElement('canvas')
			canvas.width = 2 * size.width
			canvas.height = 2 * size.height
			canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
			var link = document.createElement('a')
			link.href = canvas.toDataURL('image/png')
			link.download = button.dataset.file
			link.click()
		})
	}

	document.addEventListener('click', function (event) {
		var button = event.target.closest('[data-png]')
		if (button) save(button)
	})
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll)
	matchMedia('print').addEventListener('change', function (print) { paper(print.matches) })
	addEventListener('beforeprint', function () { paper(true) })
	addEventListener('afterprint', function () { paper(false) })
	scan(document)

	window.charts = {
		scan: scan,
		forget: forget,
		// Changes a figure in place, for the live page; it is drawn with the next frame, once Plotly is there.
		update: function (name, change) {
			var entry = figures.get(name)
			if (!entry) return
			change(entry.figure)
			redraw(entry)
		},
	}
})()
