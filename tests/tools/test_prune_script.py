"""Cutting a bundle: what is mentioned stays, what nobody mentions goes, and nothing else changes."""

from __future__ import annotations

import re

import pytest

from dashboard.chart_script import heading, whole
from tools.build_charts import WANTED, build
from tools.prune_script import NotABundle, Wanted, prune

LAZY = "var W=(e,t)=>()=>{try{return t||e((t={exports:{}}).exports,t),t.exports}catch(r){throw t=0,r}};"
GETTERS = "var Fp=(e,t)=>{for(var r in t)S(e,r,{get:t[r],enumerable:!0})};"
BAR = 'var bar=W((a,b)=>{b.exports={moduleType:"trace",name:"bar",plot:draw}});function draw(){return pen()}'
PIE = 'var pie=W((a,b)=>{b.exports={moduleType:"trace",name:"pie",plot:slice}});function slice(){return knife()}'
TOOLS = "var pen=W((a,b)=>{b.exports=1});var knife=W((a,b)=>{b.exports=2});"
END = "var all=W((a,b)=>{var c=core();c.register([bar(),pie()]);b.exports=c});return all();"
CORE = "var core=W((a,b)=>{b.exports={register:function(c){return c}}});"
ONLY_BARS = Wanted(traces=("bar",))


def bundle(*statements: str) -> str:
    return f'"use strict";var Plotly=(()=>{{{LAZY}{"".join(statements)}}})();\nwindow.Plotly=Plotly;'


def body(script: str) -> str:
    return script[script.index(LAZY) + len(LAZY) : script.rindex("})();")]


def test_only_the_wanted_trace_and_what_it_mentions_stays() -> None:
    cut = prune(bundle(TOOLS, CORE, BAR, PIE, END), ONLY_BARS)
    pen = "var pen=W((a,b)=>{b.exports=1});"
    assert cut == bundle(pen, CORE, BAR, END.replace("bar(),pie()", "bar()"))


@pytest.mark.parametrize(
    "tricky",
    [
        "var odd=W((a,b)=>{b.exports=/[/}]\\/;{/.test('}\\'}')});",
        "var odd=W((a,b)=>{b.exports=`};${a?`}${b}`:'`'}{`});",
        "var odd=W((a,b)=>{/* }; ' */b.exports=a/2/b});",
        "var odd=W((a,b)=>{if(a)return/}/g;b.exports={x:1}/2});",
    ],
)
def test_brackets_in_texts_and_expressions_do_not_end_a_module(tricky: str) -> None:
    unused = bundle(tricky, CORE, BAR, TOOLS, END)
    used = bundle(tricky, CORE, BAR.replace("pen()", "odd()"), END)
    assert tricky not in prune(unused.replace("bar(),pie()", "bar()"), ONLY_BARS)
    assert prune(used.replace("bar(),pie()", "bar()"), ONLY_BARS) == used.replace("bar(),pie()", "bar()")


@pytest.mark.parametrize(
    "working",
    [
        "start(lamp);",
        "var at=Date.now(lamp);",
        "lamp.on=1;",
        "var at=function(){return lamp}();",
        "var at=W(lamp);",
    ],
)
def test_what_runs_by_itself_stays_with_all_it_mentions(working: str) -> None:
    lamp = "var lamp=W((a,b)=>{b.exports=3});"
    assert body(prune(bundle(lamp, working, CORE, BAR, TOOLS, END), ONLY_BARS)).startswith(lamp + working)


def test_getters_of_an_object_stay_only_where_the_object_does() -> None:
    given = "var mine={};Fp(mine,{pen:()=>pen});var other={};Fp(other,{knife:()=>knife});"
    cut = body(prune(bundle(GETTERS, TOOLS, given, CORE, BAR.replace("pen()", "mine.pen()"), END), ONLY_BARS))
    assert "Fp(mine,{pen:()=>pen});" in cut
    assert "other" not in cut
    assert "knife" not in cut


def test_a_spread_and_a_short_property_are_mentions() -> None:
    cut = body(prune(bundle(TOOLS, CORE, BAR.replace("pen()", "[...pen,{knife}]"), END), ONLY_BARS))
    assert "var pen=" in cut
    assert "var knife=" in cut


def test_components_are_left_out_by_the_name_they_give_or_their_constants_do() -> None:
    parts = (
        'var words=W((a,b)=>{b.exports={name:"sliders"}});'
        'var slide=W((a,b)=>{var c=words();b.exports={moduleType:"component",name:c.name}});'
        'var images=W((a,b)=>{b.exports={moduleType:"component",name:"images"}});'
        'var legend=W((a,b)=>{b.exports={moduleType:"component",name:"legend"}});'
    )
    core = CORE.replace("{b.exports", "{use([slide(),images(),legend()]);b.exports")
    cut = body(
        prune(bundle(parts, core, BAR, TOOLS, END), Wanted(traces=("bar",), without=("sliders", "images")))
    )
    assert "use([legend()])" in cut
    assert not re.search("words|slide|images", cut)


@pytest.mark.parametrize(
    "script",
    [
        "var Plotly=1;",
        bundle(CORE, BAR, TOOLS, END)[:-60],
        bundle(CORE, "var odd=[};", BAR, TOOLS, END),
        bundle(CORE, BAR, TOOLS, END.replace("bar(),pie()", "pie()"), PIE),
        bundle("var {a,b}=c;", CORE, BAR, TOOLS, END),
    ],
)
def test_another_shape_is_refused(script: str) -> None:
    with pytest.raises(NotABundle):
        prune(script, ONLY_BARS)


def test_the_script_of_the_package_is_cut_to_a_quarter_and_no_further_the_second_time() -> None:
    script = whole()
    cut = build(script)
    first = heading(script)
    assert cut.startswith(first)
    assert len(cut) < len(script) / 4
    assert prune(cut.decode(), WANTED).encode() == cut
    assert {name.decode() for name in re.findall(rb'moduleType:"trace",name:"(\w+)"', cut)} == {
        "scatter",
        "bar",
    }
    assert (
        b"maplibregl" not in cut.partition(b"window.Plotly = Plotly")[0].partition(b"/*! Bundled license")[0]
    )
