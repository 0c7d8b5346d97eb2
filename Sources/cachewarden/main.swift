print("cachewarden")
