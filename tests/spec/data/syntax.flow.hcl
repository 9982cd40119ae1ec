intent "a" {
  from = [group.a group.b]
}
intent "b" {
  from = [group.a]
  from = [group.b]
}
intent "c" {
  ports = [22
}
intent "d" { from = [group.a], to = [group.b] }
group "e" {
  prefixes = [for p in local.ps : p]
}
group "f" {
  prefixes = ["10.0.0.0/8"]
