/** JSON Schemas as grammars of JSON texts. */
package dev.rapt.generate.constrain.schema;
