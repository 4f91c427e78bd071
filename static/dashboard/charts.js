// Draws the charts of a page from their data blocks, after the first paint.
// Colours come from the style sheet, so that light and dark need no reload.
'use strict'

;(function () {
	var script = document.currentScript
	var figures = new Map() // name → {node, figure}
	var loading = null

	function colour(name) {
		return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()
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
			trace.textfont = { color: colour('text') }
			trace.insidetextfont = { color: colour('on-accent') }
			if (trace.error_x) trace.error_x.color = colour('dim')
			if (trace.error_y) trace.error_y.color = colour('dim')
		} else {
			trace.line = Object.assign({}, trace.line, { color: tone, width: role === 'compare' ? 1.5 : 2 })
			trace.marker = Object.assign({}, trace.marker, { color: tone, size: 5 })
			if (role === 'main') {
				trace.fill = 'tozeroy'
				trace.fillcolor = tone + '12'
			}
		}
		return trace
	}

	function axis(given) {
		return Object.assign({}, given, {
			gridcolor: colour('chart-grid'), linecolor: colour('line'), tickcolor: colour('line'),
			tickfont: { color: colour('dim'), size: 11 },
		})
	}

	function themed(figure) {
		var layout = Object.assign({}, figure.layout, {
			paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
			font: { family: getComputedStyle(document.body).fontFamily, color: colour('text'), size: 12 },
			hoverlabel: { bgcolor: colour('card'), bordercolor: colour('line'), font: { color: colour('text'), size: 12 } },
			autosize: true,
		})
		layout.legend = Object.assign({}, layout.legend, { font: { color: colour('dim'), size: 11 } })
		layout.xaxis = axis(layout.xaxis)
		layout.yaxis = axis(layout.yaxis)
		var data = figure.data.map(function (trace) { return paint(Object.assign({}, trace)) })
		return { data: data, layout: layout }
	}

	function draw(entry) {
		var ready = themed(entry.figure)
		return Plotly.react(entry.node, ready.data, ready.layout, { displayModeBar: false, responsive: true })
	}

	function drawAll() {
		figures.forEach(draw)
	}

	function plotly() {
		if (!loading) {
			loading = new Promise(function (resolve, reject) {
				var element = document.createElement('script')
				element.src = script.dataset.plotly
				element.onload = resolve
				element.onerror = reject
				document.head.append(element)
			})
		}
		return loading
	}

	// Once, when the numbers are on the screen.
	function afterPaint(run) {
		if (!(window.PerformanceObserver && (PerformanceObserver.supportedEntryTypes || []).includes('paint'))) {
			return addEventListener('load', function () { setTimeout(run, 50) })
		}
		var observer = new PerformanceObserver(function (list) {
			if (!list.getEntriesByName('first-contentful-paint').length) return
			observer.disconnect()
			run()
		})
		observer.observe({ type: 'paint', buffered: true })
	}

	document.querySelectorAll('[data-chart]').forEach(function (figure) {
		figures.set(figure.dataset.chart, {
			node: figure.querySelector('.plot'),
			figure: JSON.parse(figure.querySelector('script[type="application/json"]').textContent),
		})
	})
	if (figures.size) {
		afterPaint(function () { plotly().then(drawAll) })
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () {
			if (window.Plotly) drawAll()
		})
	}

	// For the live page: change a figure in place; it is drawn once Plotly is there.
	window.charts = {
		update: function (name, change) {
			var entry = figures.get(name)
			if (!entry) return
			change(entry.figure)
			if (window.Plotly) draw(entry)
		},
	}
})()
