package org.bitref.loaders.json;

/** The kinds of JSON values. */
public enum JsonKind {
  OBJECT,
  ARRAY,
  STRING,
  NUMBER,
  BOOLEAN,
  NULL
}
