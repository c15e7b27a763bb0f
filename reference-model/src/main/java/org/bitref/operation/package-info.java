/**
 * What a stage computes, on given operands: run by a recipe, exactly, or beside what a system
 * captured of it.
 */
package org.bitref.operation;
