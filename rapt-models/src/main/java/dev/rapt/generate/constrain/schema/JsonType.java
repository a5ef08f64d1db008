package dev.rapt.generate.constrain.schema;

/** The types of JSON Schema; a number may have a fraction, an integer has none. */
enum JsonType {
  NULL,
  BOOLEAN,
  INTEGER,
  NUMBER,
  STRING,
  ARRAY,
  OBJECT
}
