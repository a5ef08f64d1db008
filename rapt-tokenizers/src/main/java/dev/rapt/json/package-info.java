/** JSON files as trees. */
package dev.rapt.json;
