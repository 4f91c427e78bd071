// How destinations are now, asked again every ten seconds while somebody looks and nothing of it is open or in use.
'use strict'

;(function () {
	var EVERY = 10000

	function refresh(id) {
		var part = document.getElementById(id)
		var address = part && part.dataset.part
		if (!address || part.contains(document.activeElement) || part.querySelector('details[open]')) return
		fetch(address + (address.includes('?') ? '&' : '?') + 'again=1', { credentials: 'same-origin' }).then(function (answer) {
			if (answer.redirected) location.reload() // the session has ended
			return answer.ok ? answer.text() : ''
		}).then(function (html) {
			var template = document.createElement('template')
			template.innerHTML = html // rendered and escaped by the server, by the templates of the page
			var fresh = template.content.firstElementChild
			var moved = part.querySelector('.scroll')
			if (!fresh || !part.isConnected || part.querySelector('details[open]')) return
			var left = moved ? moved.scrollLeft : 0
			part.replaceWith(fresh)
			if (left) fresh.querySelector('.scroll').scrollLeft = left
		}, function () { /* the next time */ })
	}

	setInterval(function () {
		if (document.hidden) return
		refresh('list')
		refresh('now')
	}, EVERY)
})()
