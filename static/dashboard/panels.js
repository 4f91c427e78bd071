// Panels that come after the page, cards that switch a chart in place, links to copy.
// Without it the page asks for all of itself at once, cards and links are links.
'use strict'

;(function () {
	var SLOW = 2000 // from then on a panel says what it waits for
	var LANES = 5 // a browser has six connections to a server
	var switches = document.querySelector('[data-switches]')

	// A part of the page in the place of the one that is there.
	function put(old, html) {
		var template = document.createElement('template')
		template.innerHTML = html // rendered and escaped by the server, by the templates of the page
		var fresh = template.content.firstElementChild
		if (!fresh) return lost(old)
		var focused = old.contains(document.activeElement)
		if (window.charts && window.charts.forget) window.charts.forget(old)
		old.replaceWith(fresh)
		if (focused) {
			fresh.tabIndex = -1
			fresh.focus({ preventScroll: true })
		}
		if (window.charts && window.charts.scan) window.charts.scan(fresh)
		remember(fresh)
		return fresh
	}

	// The place of a panel that comes late is as tall as the panel was the last time, so that nothing moves.
	function kept(part) {
		var tab = new URL(location.href).searchParams.get('tab') || ''
		return ['tall', location.pathname, tab, part.id, innerWidth].join(' ')
	}

	function remember(part) {
		try { sessionStorage.setItem(kept(part), part.getBoundingClientRect().height) } catch (error) { /* not allowed to keep */ }
	}

	function reserve(part) {
		var tall = 0
		try { tall = Number(sessionStorage.getItem(kept(part))) } catch (error) { /* as tall as most are */ }
		if (tall) part.style.height = tall + 'px'
	}

	function fetched(address) {
		return fetch(address, { credentials: 'same-origin' }).then(function (answer) {
			if (answer.redirected) location.reload() // the session has ended
			if (!answer.ok) throw new Error(String(answer.status))
			return answer.text()
		})
	}

	function load(part, address) {
		var since = performance.now()
		var says = part.querySelector('.asking')
		var clock = setInterval(function () {
			var waited = performance.now() - since
			if (!says || waited < SLOW) return
			part.classList.add('slow')
			says.textContent = says.dataset.says.replace('{s}', Math.round(waited / 1000))
		}, 500)
		return fetched(address).then(
			function (html) { put(part, html) },
			function () { lost(part) }
		).finally(function () { clearInterval(clock) })
	}

	function lost(part) {
		var says = part.querySelector('.asking')
		part.removeAttribute('aria-busy')
		part.classList.remove('slow')
		part.classList.add('lost')
		if (!says) return
		var again = document.createElement('a')
		again.href = location.href
		again.dataset.again = ''
		again.textContent = says.dataset.again
		says.replaceChildren(says.dataset.lost + ' ', again)
	}

	// In the order of the page, as many at once as leave a connection to the script that draws charts.
	function loadAll() {
		var late = Array.from(document.querySelectorAll('[data-late]'))
		late.forEach(reserve)
		function next() {
			var part = late.shift()
			if (part) load(part, part.dataset.late).finally(next)
		}
		for (var lane = 0; lane < LANES; lane++) next()
	}

	// A failed panel is asked anew, alone.
	function again(link) {
		var part = link.closest('.panel')
		var address = part.dataset.part || part.dataset.late
		part.setAttribute('aria-busy', 'true')
		part.classList.remove('lost')
		link.parentNode.classList.add('asked')
		fetched(address + (address.includes('?') ? '&' : '?') + 'again=1').then(
			function (html) { put(part, html) },
			function () {
				link.parentNode.classList.remove('asked')
				part.removeAttribute('aria-busy')
			}
		)
	}

	function copy(link) {
		if (!navigator.clipboard) return false
		var said = link.textContent
		navigator.clipboard.writeText(link.href).then(function () {
			link.textContent = link.dataset.copy
			setTimeout(function () { link.textContent = said }, 2000)
		})
		return true
	}

	// Cards that switch: the panels that they name are fetched for the card's tab, the rest stays.
	function tabOf(address) {
		return new URL(address, location.href).searchParams.get('tab') || ''
	}

	function show(address) {
		var shown = new URL(address, location.href)
		var names = switches.dataset.switches.split(' ')
		names.forEach(function (name) {
			var part = document.getElementById(name)
			if (!part) return
			var wanted = new URL(shown)
			wanted.searchParams.set('panel', name)
			wanted.hash = ''
			part.setAttribute('aria-busy', 'true')
			fetched(wanted).then(
				function (html) { if (tabOf(location.href) === tabOf(shown)) put(document.getElementById(name), html) },
				function () { location.assign(shown) }
			)
		})
		mark(tabOf(shown))
	}

	// Links and forms of the page go on from the tab that is shown.
	function mark(tab) {
		document.querySelectorAll('a.card[href], .tabs a').forEach(function (link) {
			if (tabOf(link.href) === tab) link.setAttribute('aria-current', link.closest('.tabs') ? 'page' : 'true')
			else link.removeAttribute('aria-current')
		})
		document.querySelectorAll('a[href^="' + location.pathname + '"]:not(.card)').forEach(function (link) {
			if (link.closest('.tabs, nav[data-pages]')) return
			var address = new URL(link.href)
			if (tab) address.searchParams.set('tab', tab)
			else address.searchParams.delete('tab')
			link.href = address.pathname + address.search + address.hash
		})
		document.querySelectorAll('main form:not([method=post])').forEach(function (form) {
			var field = form.querySelector('input[type=hidden][name=tab]')
			if (field) field.value = tab
		})
	}

	document.addEventListener('click', function (event) {
		if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return
		var link = event.target.closest && event.target.closest('a')
		if (!link) return
		if ('again' in link.dataset) {
			event.preventDefault()
			again(link)
		} else if (link.dataset.copy) {
			if (copy(link)) event.preventDefault()
		} else if (switches && link.matches('[data-switches] a.card')) {
			event.preventDefault()
			if (link.href === location.href) return
			history.pushState(null, '', link.href)
			shownNow = location.pathname + location.search
			show(link.href)
		}
	})

	var shownNow = location.pathname + location.search
	addEventListener('popstate', function () {
		var now = location.pathname + location.search
		if (now === shownNow) return // another place on the same page
		shownNow = now
		if (switches) show(location.href)
		else location.reload()
	})
	// A page from the browser's memory whose panels never came.
	addEventListener('pageshow', function (event) { if (event.persisted) loadAll() })
	loadAll()
})()
