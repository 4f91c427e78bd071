// The tag check moves by itself: a page that waits for the first event, and verdicts as they come.
'use strict'

;(function () {
	var MOST = 200
	var page = document.querySelector('[data-stream]')
	if (!page) return
	document.addEventListener('click', clicked)
	if (!navigator.clipboard) page.classList.add('unclipped')
	if (!window.EventSource) return
	var paused = false
	var waiting = []
	var number = new Intl.NumberFormat(document.documentElement.lang)

	function list() { return document.querySelector('[data-verdicts]') }

	window.pushed(page, {
		event: 'verdicts', list: list, newest: newest, show: show,
		forget: function () { waiting = [] },
	})

	function newest() {
		if (waiting.length) return Number(waiting[0].dataset.seq)
		var row = list() && list().querySelector('li[data-seq]')
		return row ? Number(row.dataset.seq) : 0
	}

	function show(told) {
		var part = document.querySelector('[data-check="status"]')
		// Rendered and escaped by the server, by the same template as the page.
		if (part && told.status) part.innerHTML = told.status
		if (!list() || !told.rows) return
		var rows = window.pushed.fresh(told.rows, newest())
		waiting = rows.concat(waiting).slice(0, MOST)
		if (paused || reading()) count()
		else flush()
	}

	// Somebody who reads further down, or is in the list with the keyboard, keeps their place.
	function reading() {
		var box = list().closest('.scroll')
		return box.scrollTop > 8 || (box !== document.activeElement && box.contains(document.activeElement))
	}

	function flush() {
		var rows = waiting
		waiting = []
		count()
		if (!rows.length) return
		var empty = document.querySelector('[data-empty]')
		if (empty) empty.remove()
		rows.forEach(function (row) { row.classList.add('new') })
		var kept = Array.from(list().children).slice(0, Math.max(0, MOST - rows.length)).map(function (row) {
			var copy = row.cloneNode(true)
			copy.classList.remove('new')
			return copy
		})
		list().replaceChildren.apply(list(), rows.concat(kept))
	}

	function count() {
		var told = document.querySelector('[data-waiting]')
		if (told) told.textContent = waiting.length ? told.dataset.text.replace('{count}', number.format(waiting.length)) : ''
	}

	page.addEventListener('scroll', function (event) {
		if (waiting.length && !paused && list() && event.target.scrollTop <= 8) flush()
	}, true)

	function clicked(event) {
		var button = event.target.closest && event.target.closest('button')
		if (!button) return
		if ('copyLine' in button.dataset) {
			navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent).then(function () {
				button.textContent = button.dataset.copied
			})
		} else if ('pause' in button.dataset) {
			paused = !paused
			button.setAttribute('aria-pressed', paused)
			button.textContent = paused ? button.dataset.resumeText : button.dataset.pauseText
			if (!paused) flush()
		}
	}
})()
