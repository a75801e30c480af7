"""Background jobs: a run is a folder, its supervisor holds a lock, everybody else reads files.

`launch` starts one, `reading` tells how it goes, `control` stops, resumes and deletes it, and
`worker` is what the program that does the work uses. See docs/jobs.md.
"""
