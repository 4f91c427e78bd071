// The Live page moves by itself: increments are pushed, nothing is asked twice.
'use strict'

;(function () {
	var MOST_ROWS = 200
	var page = document.querySelector('[data-stream]')
	var state = document.querySelector('[data-state]')
	var feed = document.querySelector('[data-feed]')
	if (!page || !page.dataset.epoch || !window.EventSource) return
	var reload = document.querySelector('[data-reload]')
	if (reload) reload.hidden = true

	var address = new URL(page.dataset.stream, location)
	address.searchParams.set('after', page.dataset.epoch + '-' + newest())
	var source = new EventSource(address)
	source.addEventListener('open', function () { say(true) })
	source.addEventListener('error', function () { say(false) })
	source.addEventListener('now', function (event) {
		// A server that was started anew counts from one: what is shown belongs to its former life.
		var epoch = event.lastEventId.split('-')[0]
		if (epoch !== page.dataset.epoch) {
			page.dataset.epoch = epoch
			feed.replaceChildren()
		}
		show(JSON.parse(event.data))
	})
	addEventListener('pagehide', function () { source.close() })
	// A page that comes back from the browser's memory starts anew.
	addEventListener('pageshow', function (event) { if (event.persisted) location.reload() })

	function say(on) {
		state.textContent = on ? state.dataset.on : state.dataset.off
		state.classList.toggle('on', on)
	}

	function newest() {
		var row = feed && feed.rows[0]
		return row ? Number(row.dataset.seq) : 0
	}

	function show(now) {
		Object.keys(now.cards).forEach(function (name) {
			var value = document.querySelector('[data-card="' + name + '"]')
			if (value) value.textContent = now.cards[name]
		})
		Object.keys(now.parts).forEach(function (name) {
			if (name === 'feed') return
			var part = document.querySelector('[data-part="' + name + '"]')
			// Rendered and escaped by the server, by the same template as the page.
			if (part && part.innerHTML !== now.parts[name]) part.innerHTML = now.parts[name]
		})
		addRows(now.parts.feed)
		window.charts.update('minutes', function (figure) { addMinutes(figure, now.minutes) })
	}

	function addRows(html) {
		if (!feed) return
		var template = document.createElement('template')
		template.innerHTML = html
		var after = newest()
		var rows = Array.from(template.content.querySelectorAll('tr')).filter(function (row) {
			return Number(row.dataset.seq) > after
		})
		if (!rows.length) return
		var empty = document.querySelector('[data-empty]')
		if (empty) empty.remove()
		rows.forEach(function (row) { row.classList.add('new') })
		feed.prepend.apply(feed, rows)
		while (feed.rows.length > MOST_ROWS) feed.deleteRow(-1)
	}

	function addMinutes(figure, rows) {
		var known = figure.data[0].x.slice()
		rows.forEach(function (row) {
			var at = known.indexOf(row.minute)
			if (at < 0) {
				known.push(row.minute)
				figure.data.forEach(function (trace) { trace.y.push(0) })
				at = known.length - 1
			}
			figure.data.forEach(function (trace) {
				trace.y[at] = row[trace.meta.role.replace('event-', '')]
			})
		})
		var extra = Math.max(0, known.length - 30)
		figure.data.forEach(function (trace) {
			trace.x = known.slice(extra)
			trace.y = trace.y.slice(extra)
		})
	}
})()
