// Comfort on top of pages that work without it: keys, menus that close, a filter to type, a help dialog.
'use strict'

;(function () {
	var MENUS = 'details.menu[open], details.about[open], details.more[open]'

	document.addEventListener('keydown', function (event) {
		if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
		var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
		if (event.key === 'Escape' && !document.querySelector('dialog[open]')) return escape_(typing)
		if (typing) return
		if (event.key === '?') return help()
		if (event.key === '/') {
			event.preventDefault()
			return filter()
		}
		var key = event.key.length === 1 ? event.key.toUpperCase() : event.key
		var scrolls = event.target.closest && event.target.closest('.scroll, pre, .tabs, nav, .body')
		if (scrolls && /^Arrow/.test(key)) return
		var link = document.querySelector('a[data-key="' + CSS.escape(key) + '"]')
		if (link) link.click()
	})

	// A click outside closes an open menu or definition.
	document.addEventListener('click', function (event) {
		openMenus().forEach(function (menu) {
			if (!menu.contains(event.target)) menu.open = false
		})
	})

	function openMenus() {
		return document.querySelectorAll(MENUS)
	}

	// Escape closes what is open, and else clears the filters.
	function escape_(typing) {
		var open = openMenus()
		if (!open.length && !typing) {
			var chip = document.querySelector('a[data-clear]')
			if (chip) chip.click()
		}
		open.forEach(function (menu) {
			menu.open = false
			menu.querySelector('summary').focus()
		})
	}

	function filter() {
		var box = document.querySelector('[data-filter]')
		if (!box) return
		box.open = true
		box.scrollIntoView({ block: 'nearest' })
		box.querySelector('select').focus()
	}

	function help() {
		var keys = document.getElementById('keys')
		if (keys && !keys.open) keys.showModal()
	}

	// A list of shops is narrowed by what is typed.
	document.addEventListener('input', function (event) {
		if (!event.target.matches('[data-narrow]')) return
		var wanted = event.target.value.trim().toLocaleLowerCase()
		event.target.closest('ul').querySelectorAll('li[data-name]').forEach(function (entry) {
			entry.hidden = !entry.dataset.name.toLocaleLowerCase().includes(wanted)
		})
	})
})()
