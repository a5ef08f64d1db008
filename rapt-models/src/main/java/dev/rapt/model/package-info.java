/** Models: a record and a file for each family, in a package of its own, and what they share. */
package dev.rapt.model;
