/** Layers, from which models are made. They are immutable; what changes in a run is a Pass. */
package dev.rapt.nn;
