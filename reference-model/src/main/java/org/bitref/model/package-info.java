/**
 * A generic plan of stages and what runs it; a family of models is one small file that says what
 * its layer is. Everything else that is known of a stage, its weight, shape and names, is read from
 * the plan.
 */
package org.bitref.model;
