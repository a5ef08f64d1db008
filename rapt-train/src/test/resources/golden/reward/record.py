"""Records which values fit which schemas by the library jsonschema: python3 record.py"""

import json
import pathlib

from jsonschema import Draft202012Validator

schemas = [{"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":0,"exclusiveMaximum":10},"b":{"type":["string","null"],"minLength":2,"maxLength":3}},"additionalProperties":False},
{"type":"array","items":{"$ref":"#/$defs/p"},"minItems":1,"maxItems":3,"uniqueItems":True,"$defs":{"p":{"type":"number","multipleOf":0.5}}},
{"anyOf":[{"type":"string","pattern":"^a+b"},{"const":1},{"enum":[None,[1],{"k":2}]}]},
{"oneOf":[{"type":"number"},{"type":"integer"}]},
{"not":{"type":"boolean"},"allOf":[{"type":["number","boolean","string"]}]},
{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"number","maximum":3}},
{"type":"object","patternProperties":{"^x":{"type":"integer"}},"additionalProperties":{"type":"string"},"minProperties":1,"maxProperties":2,"propertyNames":{"maxLength":2}},
{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":False,"contains":{"const":"q"}},
{"type":"object","properties":{"next":{"$ref":"#"}},"required":["v"]},
{"type":"integer","exclusiveMinimum":1},
True,False]
values = [None,True,False,0,1,1.0,2.5,3,9,10,-1,1e20,"","a","aab","ab","é😀","😀😀😀",[],[1],[1,1.0],[0.5,1,2],[1,2,3,4],[0.3],["q"],["q",1],["q",1,2],["r",1],{},{"a":1},{"a":1.0,"b":"xy"},{"a":1,"b":None},{"a":1,"b":"x"},{"a":10},{"a":1,"c":2},{"k":2},{"k":2.0},{"x1":3},{"x1":"3"},{"y":"s"},{"y":1},{"xyz":1},{"x":1,"y":"z","q":"w"},{"v":1},{"v":1,"next":{"v":2}},{"v":1,"next":{}}]
out = []
for s in schemas:
    Draft202012Validator.check_schema(s)
    v = Draft202012Validator(s)
    out.append(dict(schema=s, fits=[v.is_valid(x) for x in values]))
pathlib.Path("schemas.json").write_text(json.dumps(dict(values=values, cases=out), ensure_ascii=False) + "\n")
