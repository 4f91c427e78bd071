// The Live page moves by itself: increments are pushed, nothing is asked twice.
'use strict'

;(function () {
	var MOST_ROWS = 200
	var FEW = 5
	var page = document.querySelector('[data-stream]')
	if (!page || !window.EventSource) return
	var title = document.title
	var paused = false
	var held = false // while somebody reads in the feed, or is on a link of it
	var waiting = [] // rows, newest first, at most as many as the feed shows
	var more = { second: '', count: 0, row: null }
	var number = new Intl.NumberFormat(document.documentElement.lang)

	function feed() { return document.querySelector('[data-feed]') }

	window.pushed(page, {
		event: 'now', list: feed, newest: newest, show: show,
		forget: function () { waiting = [] },
	})

	function newest() {
		if (waiting.length) return Number(waiting[0].dataset.seq)
		var row = feed() && feed().querySelector('tr[data-seq]')
		return row ? Number(row.dataset.seq) : 0
	}

	function show(now) {
		Object.keys(now.cards).forEach(function (name) {
			var value = document.querySelector('[data-card="' + name + '"]')
			if (value && value.textContent !== now.cards[name]) value.textContent = now.cards[name]
		})
		document.title = '(' + now.cards.visitors_5 + ') ' + title
		Object.keys(now.parts).forEach(function (name) {
			if (name === 'feed') return
			var part = document.querySelector('[data-live-part="' + name + '"]')
			// Rendered and escaped by the server, by the same template as the page.
			if (part) part.innerHTML = now.parts[name]
		})
		addRows(now.parts.feed, now.skipped)
		if (window.charts) window.charts.update('minutes', function (figure) { addMinutes(figure, now.minutes) })
	}

	function addRows(html, skipped) {
		if (!feed() || (!html && !skipped)) return
		var rows = window.pushed.fresh(html, newest())
		if (skipped) rows = rows.slice(0, MOST_ROWS - 1).concat(left(skipped))
		waiting = rows.concat(waiting).slice(0, MOST_ROWS)
		if (paused || held) count()
		else flush()
	}

	// What was left out of a second, in one row that counts on.
	function left(skipped) {
		var second = new Date().toISOString().slice(0, 19)
		if (second !== more.second) more = { second: second, count: 0, row: null }
		more.count += skipped
		document.querySelectorAll('tr.more[data-second="' + second + '"]').forEach(function (old) { old.remove() })
		waiting = waiting.filter(function (old) { return old !== more.row })
		more.row = document.createElement('tr')
		more.row.className = 'more'
		more.row.dataset.second = second
		more.row.dataset.seq = newest()
		var cell = document.createElement('td')
		cell.colSpan = 7
		cell.textContent = page.dataset.more.replace('{count}', number.format(more.count))
		more.row.append(cell)
		return more.row
	}

	// Rows are made anew instead of moved: in the browser's account of what shifts, nothing does.
	function flush() {
		var rows = waiting
		waiting = []
		count()
		if (!rows.length) return
		var empty = document.querySelector('[data-empty]')
		if (empty) empty.remove()
		rows.forEach(function (row) { row.classList.add('new') })
		var kept = Array.from(feed().rows).slice(0, Math.max(0, MOST_ROWS - rows.length)).map(function (row) {
			var copy = row.cloneNode(true)
			copy.classList.remove('new')
			return copy
		})
		feed().replaceChildren.apply(feed(), rows.concat(kept))
	}

	function count() {
		var told = document.querySelector('[data-waiting]')
		if (!told) return
		var rows = waiting.filter(function (row) { return row !== more.row }).length
		var text = rows ? told.dataset.text.replace('{count}', number.format(rows)) : ''
		if (held && !paused && rows) text += ' · ' + told.dataset.held
		if (told.textContent !== text) told.textContent = text
	}

	document.addEventListener('click', function (event) {
		var button = event.target.closest && event.target.closest('[data-pause]')
		if (!button) return
		paused = !paused
		button.setAttribute('aria-pressed', paused)
		button.textContent = paused ? button.dataset.resumeText : button.dataset.pauseText
		if (!paused) flush()
	})

	// A row must not slip away under a pointer or a focus.
	function hold(how) {
		held = how
		if (held) count()
		else if (!paused) flush()
	}
	function within(target) { return Boolean(target && target.closest && target.closest('.feed')) }
	page.addEventListener('pointerover', function (event) { if (within(event.target) !== held) hold(within(event.target)) })
	page.addEventListener('pointerleave', function () { if (held) hold(false) })
	page.addEventListener('focusin', function (event) { if (within(event.target)) hold(true) })
	page.addEventListener('focusout', function (event) { if (held && !within(event.relatedTarget)) hold(false) })

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
		// An axis that counts in ones would draw a line for each of thousands.
		var sums = figure.data[0].x.map(function (_, at) {
			return figure.data.reduce(function (sum, trace) { return sum + trace.y[at] }, 0)
		})
		if (Math.max.apply(null, sums) > FEW) delete figure.layout.yaxis.dtick
	}
})()
